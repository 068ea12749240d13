"""Which addresses we may connect to: what people type must not become a way into the network around us."""

import ipaddress

GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""Everything of IPv6 that is given to anybody. Outside of it lie loopback, private, mapped, NAT64 and old forms.
Source: https://www.iana.org/assignments/ipv6-address-space"""
TUNNELS_AND_EXAMPLES = tuple(
    ipaddress.ip_network(each)
    for each in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries any IPv4 address
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet, seen through IPv4 mapped into IPv6.

    `ipaddress` alone takes 6to4, IPv4-compatible and site-local addresses of IPv6 for global ones.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return ip in GLOBAL_UNICAST and not any(ip in network for network in TUNNELS_AND_EXAMPLES)
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


def is_loopback(address: str) -> bool:
    """Return whether an IP address is this very machine."""
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback
