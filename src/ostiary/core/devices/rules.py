"""Where a browser is trusted."""

from .model import Device


def elsewhere(device: Device, country: str | None) -> bool:
    """Does it come from another country than the one it was trusted in (TD-6)? Unknown countries are not compared."""
    return None not in (device.country, country) and device.country != country
