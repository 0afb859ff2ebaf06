"""A file in MaxMind's format, as small as one can be (maxmind.github.io/MaxMind-DB, version 2.0)."""

import ipaddress
from collections.abc import Mapping
from typing import Any

MARK = b"\xab\xcd\xefMaxMind.com"
POINTERS = 24  # bits of each of the two pointers of a node


def mmdb(countries: Mapping[str, str]) -> bytes:
    """The file that knows these IPv4 networks, each with the code of its country."""
    nodes: list[list[int | str | None]] = [[None, None]]  # a node, a network's country, or nothing
    for network, country in countries.items():
        parsed = ipaddress.IPv4Network(network)
        bits = f"{int(parsed.network_address):032b}"[: parsed.prefixlen]
        at = 0
        for bit in bits[:-1]:
            if nodes[at][int(bit)] is None:
                nodes.append([None, None])
                nodes[at][int(bit)] = len(nodes) - 1
            following = nodes[at][int(bit)]
            assert isinstance(following, int), "networks must not overlap"
            at = following
        nodes[at][int(bits[-1])] = country
    data, places = b"", dict[str, int]()
    for country in sorted(set(countries.values())):
        places[country] = len(data)
        data += _encoded({"country": {"iso_code": country}})

    def pointer(to: int | str | None) -> bytes:
        nothing = len(nodes)
        place = nothing + 16 + places[to] if isinstance(to, str) else to
        return (nothing if place is None else place).to_bytes(POINTERS // 8, "big")

    tree = b"".join(pointer(left) + pointer(right) for left, right in nodes)
    described = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1_790_000_000,
        "database_type": "Tests-Country",
        "description": {"en": "Countries of the tests"},
        "ip_version": 4,
        "languages": [],
        "node_count": len(nodes),
        "record_size": POINTERS,
    }
    return tree + bytes(16) + data + MARK + _encoded(described)


def _encoded(value: Any, of: str = "") -> bytes:
    """A control byte (type and size), then the value; everything here is shorter than 29 bytes."""
    if isinstance(value, str):
        text = value.encode()
        return bytes([2 << 5 | len(text)]) + text
    if isinstance(value, list):
        assert not value, "no file of the tests needs one that holds anything"
        return bytes([0, 11 - 7])
    if isinstance(value, int):
        if of == "build_epoch":
            return bytes([8, 9 - 7]) + value.to_bytes(8, "big")  # one of the types that came later
        if of == "node_count":
            return bytes([6 << 5 | 4]) + value.to_bytes(4, "big")
        return bytes([5 << 5 | 2]) + value.to_bytes(2, "big")
    inside = b"".join(_encoded(name) + _encoded(one, name) for name, one in value.items())
    return bytes([7 << 5 | len(value)]) + inside
