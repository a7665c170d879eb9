"""Which addresses a webhook may be sent to. Pure: no name is resolved here.

A URL comes from whoever may submit a job, but the request from a process inside the network. So an address must be one
of the public internet, unless the operator allows more.
"""

import socket
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


class Reach(StrEnum):
    """Who is behind an address."""

    PUBLIC = "public"
    # Of the operator's own networks: `PHOTOCHROM_WEBHOOKS__PRIVATE_NETWORKS`.
    PRIVATE = "private"
    # This machine, its link, a cloud's metadata, or nobody in particular: only a host that is listed.
    RESTRICTED = "restricted"


Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(map(ip_network, text.split()))


# Services of cloud providers that hand out credentials, at addresses that would otherwise count as private or public:
# AWS, Google and Alibaba Cloud, Oracle Cloud, Azure. 169.254.169.254 is link-local anyway.
_METADATA = _networks("fd00:ec2::/32 fd20:ce::254/128 100.100.100.200/32 192.0.0.0/24 168.63.129.16/32")
_PRIVATE = _networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7 fec0::/10")
# This host, loopback, link-local, documentation, benchmarks, multicast, reserved and broadcast.
_RESTRICTED_V4 = _networks(
    "0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
    "224.0.0.0/4 240.0.0.0/4"
)
# Of IPv6 only this is assigned to the public internet. The others in it are protocol assignments, among them Teredo,
# and documentation.
_GLOBAL_V6 = ip_network("2000::/3")
_RESTRICTED_V6 = _networks("2001::/23 2001:db8::/32 3fff::/20")
# IPv6 that a gateway turns into the IPv4 address in its last 32 bits: mapped, compatible, translated, NAT64.
_ENDS_IN_V4 = _networks("::ffff:0:0/96 ::/96 ::ffff:0:0:0/96 64:ff9b::/96")
# Here the IPv4 address follows the first 16 bits.
_SIX_TO_FOUR = ip_network("2002::/16")


def reach_of(address: Address) -> Reach:
    if _is_in(address, _METADATA):
        return Reach.RESTRICTED
    if _is_in(address, _PRIVATE):
        return Reach.PRIVATE
    if isinstance(address, IPv4Address):
        return Reach.RESTRICTED if _is_in(address, _RESTRICTED_V4) else Reach.PUBLIC
    embedded = _embedded(address)
    if embedded is not None:
        return reach_of(embedded)
    is_public = address in _GLOBAL_V6 and not _is_in(address, _RESTRICTED_V6)
    return Reach.PUBLIC if is_public else Reach.RESTRICTED


def literal_address(host: str) -> Address | None:
    """The address that a host is, in any spelling that resolvers accept: 127.1, 0x7f000001, 017700000001 … None: it is
    a name.
    """
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if _is_in(address, _ENDS_IN_V4) and int(address) > 1:  # `::` and `::1` are no IPv4 addresses.
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return None


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
