"""The guard's table: who is behind an address, in every spelling and embedding of it."""

from ipaddress import ip_address

import pytest

from shared.webhooks.addresses import Reach, literal_address, reach_of
from shared.webhooks.policy import WebhookSettings

_RESTRICTED = """
    0.0.0.0 0.1.2.3 127.0.0.1 127.255.255.254 169.254.0.1 169.254.169.254 169.254.170.2 100.100.100.200 192.0.0.192
    168.63.129.16 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 fe80::1 ff02::1 fd00:ec2::254 fd20:ce::254 2001:db8::1 2001::1 100::1 5f00::1 4000::1 3fff::1
    ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:0.0.0.0 ::127.0.0.1 ::ffff:0:127.0.0.1
    64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::a9fe:a9fe 2002:7f00:1::1 2002:a9fe:a9fe::1
    2001:0:4136:e378:8000:63bf:3fff:fdd2
"""
_PRIVATE = """
    10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 100.127.255.254 fc00::1 fd12:3456::1
    fec0::1 ::ffff:10.0.0.1 ::ffff:192.168.1.1 64:ff9b::10.0.0.1 2002:c0a8:101::1 ::10.0.0.1
"""
_PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 172.15.255.255 172.32.0.1 192.169.0.1 100.63.255.255 100.128.0.1
    169.253.255.255 169.255.0.1 126.255.255.255 128.0.0.1 223.255.255.255 2606:4700::1111 2a00:1450:4001::5
    ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1
"""
RESTRICTED, PRIVATE, PUBLIC = (text.split() for text in (_RESTRICTED, _PRIVATE, _PUBLIC))
SPELLINGS = {
    "2130706433": "127.0.0.1",
    "0x7f000001": "127.0.0.1",
    "0x7f.0.0.1": "127.0.0.1",
    "017700000001": "127.0.0.1",
    "0177.0.0.01": "127.0.0.1",
    "127.1": "127.0.0.1",
    "127.0.1": "127.0.0.1",
    "0": "0.0.0.0",
    "0xa9fea9fe": "169.254.169.254",
    "2852039166": "169.254.169.254",
    "::1": "::1",
    "fe80::1%eth0": "fe80::1",
}


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        *((address, Reach.RESTRICTED) for address in RESTRICTED),
        *((address, Reach.PRIVATE) for address in PRIVATE),
        *((address, Reach.PUBLIC) for address in PUBLIC),
    ],
)
def test_the_table(address: str, reach: Reach) -> None:
    assert reach_of(ip_address(address)) is reach


@pytest.mark.parametrize(("host", "address"), SPELLINGS.items())
def test_an_address_is_recognized_in_every_spelling(host: str, address: str) -> None:
    assert literal_address(host) == ip_address(address)


@pytest.mark.parametrize("host", ["archive.example", "127.0.0.1.example", "1.2.3.4.5", "localhost", "fe80"])
def test_a_name_is_no_address(host: str) -> None:
    assert literal_address(host) is None


def test_private_networks_need_the_switch_and_other_addresses_a_listed_host() -> None:
    closed, private = WebhookSettings(), WebhookSettings(private_networks=True)
    listed = WebhookSettings.model_validate({"hosts": '["Hooks.LAN.", "127.0.0.1", "[::1]"]'})

    for address in map(ip_address, PUBLIC):
        assert closed.allows("any.example", address)
    for address in map(ip_address, PRIVATE):
        assert not closed.allows("any.example", address)
        assert private.allows("any.example", address)
    for address in map(ip_address, RESTRICTED):
        assert not closed.allows("any.example", address)
        assert not private.allows("any.example", address)
        assert listed.allows("hooks.lan", address)
        assert not listed.allows("other.lan", address)
    assert not listed.forbids("127.0.0.1")
    assert not listed.forbids("::1")


@pytest.mark.parametrize("host", [*SPELLINGS, "localhost", "my.localhost", "10.0.0.1", "169.254.169.254"])
def test_what_needs_no_resolving_is_forbidden_at_once(host: str) -> None:
    assert WebhookSettings().forbids(host)


@pytest.mark.parametrize("host", ["archive.example", "1.1.1.1", "2606:4700::1111"])
def test_other_hosts_are_checked_when_they_are_resolved(host: str) -> None:
    assert not WebhookSettings().forbids(host)
