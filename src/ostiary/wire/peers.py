"""Who connects: the address nearest to us that is not one of our own proxies."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_ip(peer: str, forwarded: str | None, trusted: Sequence[Network]) -> str:
    """The address nearest to us that is not one of our own proxies, in its one spelling.

    What a stranger, or a proxy that cannot be read, says of itself is not believed (SND-7).
    """
    nearest = _address(peer) if forwarded else None
    if forwarded and nearest is not None and _within(nearest, trusted):
        for hop in reversed(forwarded.split(",")[-20:]):
            address = _address(hop.strip())
            if address is None:
                break
            if not _within(address, trusted):
                return str(address)
    return _spelled(peer)


def _address(text: str) -> Address | None:
    """None, too, for one with a zone: it means nothing beyond its own host, and may hold any text."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return address
    return None if address.scope_id is not None else address.ipv4_mapped or address


@lru_cache(maxsize=4096)  # who connects is the kernel's word, and short
def _spelled(peer: str) -> str:
    return str(_address(peer) or peer)


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
