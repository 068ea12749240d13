"""Which addresses count as the public internet: those that are forgotten most often, and all by property."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.outgoing.addresses import is_loopback, is_public


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("18.156.52.17", True),
        ("2a05:d014:1::1", True),
        ("127.0.0.1", False),
        ("::1", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("198.18.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("::ffff:0:127.0.0.1", False),
        ("64:ff9b:1::7f00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::1", False),
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("fec0::1", False),
        ("fd00:ec2::254", False),
        ("ff02::1", False),
        ("5f00::1", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address, public):
    assert is_public(address) is public


@given(st.ip_addresses(v=4))
def test_wrapped_into_ipv6_an_address_is_no_more_public_than_by_itself(address: IPv4Address):
    assert is_public(f"::ffff:{address}") == is_public(str(address))
    for form in (f"::{address}", f"64:ff9b::{address}", str(IPv6Address((0x2002 << 112) | (int(address) << 80)))):
        assert not is_public(form)


@given(
    st.one_of(
        *(
            st.ip_addresses(network=each)
            for each in (
                "10.0.0.0/8",
                "172.16.0.0/12",
                "192.168.0.0/16",
                "127.0.0.0/8",
                "169.254.0.0/16",
                "100.64.0.0/10",
                "0.0.0.0/8",
                "224.0.0.0/4",
                "240.0.0.0/4",
                "fc00::/7",
                "fe80::/10",
                "fec0::/10",
                "ff00::/8",
                "64:ff9b::/96",
                "64:ff9b:1::/48",
                "2002::/16",
                "2001::/32",
                "::/96",
            )
        )
    )
)
def test_nothing_of_a_network_that_is_nobodys_is_public(address: IPv4Address | IPv6Address):
    assert not is_public(str(address))


@given(st.ip_addresses())
def test_loopback_is_never_public(address: IPv4Address | IPv6Address):
    assert not (is_public(str(address)) and is_loopback(str(address)))


def test_this_machine_is_known_by_all_its_addresses():
    assert is_loopback("::1")
    assert all(is_loopback(str(each)) for each in ip_network("127.0.0.0/30"))
    assert not is_loopback("10.0.0.1")
