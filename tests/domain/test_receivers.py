"""Which addresses may be told, by their text alone: plain https with a full name, and nothing two could read apart."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wrapups.domain.receivers import PORTS, BadReceiver, require_receiver

GOOD = [
    "https://hooks.example.com",
    "https://hooks.example.com/",
    "https://hooks.example.com/a/b?c=d&e=%20;f=g:h@i",
    "https://hooks.example.com:8443/wrapups",
    "HTTPS://Hooks.Example.COM/wrapups",
    "https://xn--bcher-kva.example/wrapups",
    "https://1and1.example/",
]
BAD = [
    "http://hooks.example.com/",
    "ftp://hooks.example.com/",
    "javascript:alert(1)",
    "//hooks.example.com/",
    "https:///wrapups",
    "https://",
    "",
    "https://169.254.169.254/latest/meta-data",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://0x7f.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://017700000001/",
    "https://1.2.3.0x4/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fe80::1%25eth0]/",
    "https://localhost/",
    "https://metadata/",
    "https://hooks..example.com/",
    "https://hooks.example.com./",
    "https://.example.com/",
    "https://-hooks.example.com/",
    "https://hooks_a.example.com/",
    "https://bücher.example/",
    "https://good.example@evil.example/",
    "https://good.example:pass@evil.example/",
    "https://evil.example\\@good.example/",
    "https://evil.example#@good.example/",
    "https://hooks.example.com:22/",
    "https://hooks.example.com:80/",
    "https://hooks.example.com:0443/",
    "https://hooks.example.com:/",
    "https://hooks.example.com:443:1/",
    "https://hooks.example.com/a b",
    "https://hooks.example.com/\r\nHost: inner",
    "https://hooks.example.com/\x00",
    " https://hooks.example.com/",
    "https://hooks.example.com/\n",
    "https://hooks.example.com/#fragment",
    "https://hooks.example.com/" + "x" * 500,
    "https://" + "a." * 130 + "example/",
]
HERE = ["http://127.0.0.1:8080/x", "http://localhost:9/", "http://[::1]:9/", "https://127.0.0.1/", "http://LOCALHOST/"]


@pytest.mark.parametrize("url", GOOD)
def test_a_plain_https_address_with_a_full_name_is_a_receiver_s(url: str):
    require_receiver(url, this_machine=False)


@pytest.mark.parametrize("url", BAD)
@pytest.mark.parametrize("this_machine", [False, True])
def test_nothing_else_is_but_this_machine_where_it_is_allowed(url: str, this_machine: bool):
    here = this_machine and url in ("https://127.0.0.1/", "https://[::1]/", "https://localhost/")

    if here:
        require_receiver(url, this_machine=True)
    else:
        with pytest.raises(BadReceiver):
            require_receiver(url, this_machine=this_machine)


@pytest.mark.parametrize("url", HERE)
def test_this_machine_is_one_only_where_it_is_allowed(url: str):
    require_receiver(url, this_machine=True)
    with pytest.raises(BadReceiver):
        require_receiver(url, this_machine=False)


LOOKS_LIKE_ONE = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["https", "http", "HTTPS"]),
    st.text(st.sampled_from("abz019.-_@:[]\\%é"), max_size=20),
    st.sampled_from(["", ":443", ":8443", ":22", ":"]),
    st.sampled_from(["", "/", "/x?y=z", "#a", "\\x", "/ x"]),
)


@given(LOOKS_LIKE_ONE | st.text(max_size=60))
@example("https://a.bc")
def test_whatever_is_taken_reads_the_same_to_others_and_is_public_in_form(url: str):
    try:
        require_receiver(url, this_machine=False)
    except BadReceiver:
        return
    read = urlsplit(url)
    assert read.scheme == "https"
    assert (read.username, read.password, read.fragment) == (None, None, "")
    assert str(read.port or "") in PORTS
    host = read.hostname or ""
    assert "." in host
    assert not host.replace(".", "").isdigit()
