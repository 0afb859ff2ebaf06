"""Which country an address is in, by the operator's own file in MaxMind's format (maxmind.github.io/MaxMind-DB)."""

from pathlib import Path

import maxminddb

NOWHERE = "ZZ"  # ISO 3166-1 leaves it to its users: the file does not know the address


class Unreadable(ValueError):
    """It is no such file, or not there."""


class Countries:
    """The file, mapped into memory as it is now: a newer one is read by a newer process."""

    def __init__(self, path: Path) -> None:
        try:
            self._reader = maxminddb.open_database(path)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            raise Unreadable(f"{path}: {error}") from error

    def of(self, address: str) -> str:
        """The ISO 3166-1 code; `NOWHERE` where the file has none."""
        try:
            found = self._reader.get(address)
        except ValueError:  # no address, or one of a family that the file leaves out
            return NOWHERE
        country = found.get("country") if isinstance(found, dict) else None
        code = country.get("iso_code") if isinstance(country, dict) else None
        return code if isinstance(code, str) else NOWHERE
