"""What the environment says of this deployment. Read once, at start.

`OSTIARY_NAME`, or `OSTIARY_NAME_FILE` with the path of a file that holds the value, for every variable.
"""

import ipaddress
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from ostiary.terms.secret import MasterKeys, Secret

PREFIX = "OSTIARY_"
MASTER_KEY_SIZE = 32  # bytes


class BadEnvironment(ValueError):
    """One line for the operator."""


class Environment(Struct, frozen=True, kw_only=True):
    public_url: str | None = None
    database_url: str | None = None
    valkey_url: str | None = None
    master: MasterKeys | None = None
    admin_token: Secret | None = None
    geoip_file: Path | None = None
    trusted_proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()


def read(environment: Mapping[str, str]) -> Environment:
    master = _value(environment, "MASTER_KEY")
    previous = (_value(environment, "PREVIOUS_MASTER_KEYS") or "").split(",")
    token = _value(environment, "ADMIN_TOKEN")
    geoip = _value(environment, "GEOIP_FILE")
    return Environment(
        public_url=_public_url(_value(environment, "PUBLIC_URL")),
        database_url=_value(environment, "DATABASE_URL"),
        valkey_url=_value(environment, "VALKEY_URL"),
        master=None
        if master is None
        else MasterKeys(master_key(master), tuple(master_key(key) for key in previous if key)),
        admin_token=None if token is None else Secret(token),
        geoip_file=Path(geoip) if geoip else None,
        trusted_proxies=_networks(_value(environment, "TRUSTED_PROXIES") or ""),
    )


def section(environment: Mapping[str, str], name: str) -> dict[str, str]:
    """`OSTIARY_SMTP__HOST=…` and its neighbours as {"host": …}; empty where none is set."""
    start = f"{PREFIX}{name}__"
    found: dict[str, str] = {}
    for variable in environment:
        if variable.startswith(start):
            key = variable.removeprefix(start).removesuffix("_FILE")
            value = _value(environment, f"{name}__{key}")
            if value is not None:
                found[key.lower()] = value
    return found


def _value(environment: Mapping[str, str], name: str) -> str | None:
    if (direct := environment.get(PREFIX + name)) is not None:
        return direct
    path = environment.get(f"{PREFIX}{name}_FILE")
    if path is None:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadEnvironment(
            f"{PREFIX}{name}_FILE: cannot read {path}: {error.strerror}"
        ) from error


def master_key(text: str) -> bytes:
    """32 bytes as base64url: what `python -c "import secrets; print(secrets.token_urlsafe(32))"` prints."""
    try:
        key = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, ValueError) as error:
        raise BadEnvironment(f"{PREFIX}MASTER_KEY: not base64url") from error
    if len(key) != MASTER_KEY_SIZE:
        raise BadEnvironment(f"{PREFIX}MASTER_KEY: {len(key)} bytes, {MASTER_KEY_SIZE} are needed")
    return key


def _public_url(text: str | None) -> str | None:
    if text is None:
        return None
    if not text.startswith(("https://", "http://")) or "?" in text or "#" in text:
        raise BadEnvironment(f"{PREFIX}PUBLIC_URL: {text!r} is not a URL")
    return text.rstrip("/")


def _networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BadEnvironment(f"{PREFIX}TRUSTED_PROXIES: {error}") from error
