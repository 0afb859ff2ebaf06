"""The operator's file of countries (TD-6)."""

from pathlib import Path

import pytest

from ostiary import app
from ostiary.drivers.geoip import Countries, Unreadable
from ostiary.settings import BadEnvironment, read
from tests.mmdb import mmdb


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "countries.mmdb"
    path.write_bytes(mmdb({"192.0.2.0/24": "FR", "198.51.100.0/25": "DE", "203.0.113.7/32": "FR"}))
    return path


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("192.0.2.0", "FR"),
        ("192.0.2.255", "FR"),
        ("192.0.3.0", "ZZ"),
        ("198.51.100.127", "DE"),
        ("198.51.100.128", "ZZ"),
        ("203.0.113.7", "FR"),
        ("203.0.113.8", "ZZ"),
        ("2001:db8::1", "ZZ"),  # a file of IPv4 alone
        ("", "ZZ"),
        ("a proxy's slip", "ZZ"),
    ],
)
def test_an_address_has_the_country_of_its_network(file: Path, address: str, country: str) -> None:
    assert Countries(file).of(address) == country


@pytest.mark.parametrize("content", [None, b"", b"no such thing"])
def test_a_file_that_is_none_is_said_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "countries.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Unreadable):
        Countries(path)
    with pytest.raises(BadEnvironment, match=r"^OSTIARY_GEOIP_FILE: .*countries\.mmdb"):
        app.countries(path)


def test_it_is_read_where_it_is_configured(file: Path) -> None:
    assert app.countries(read({}).geoip_file) is None
    country_of = app.countries(read({"OSTIARY_GEOIP_FILE": str(file)}).geoip_file)
    assert country_of is not None
    assert country_of("192.0.2.1") == "FR"
