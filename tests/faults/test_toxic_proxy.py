"""The proxy itself: clean it changes nothing, and each toxic does what its name says."""

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.faults.toxic_proxy import TOXICS, Toxic, ToxicProxy, proxied

SAID = b"0123456789" * 10


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says back what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(peer,), daemon=True).start()

        def answer(peer: socket.socket) -> None:
            with peer:
                try:
                    while heard := peer.recv(4096):
                        peer.sendall(heard)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(echo: int) -> Iterator[ToxicProxy]:
    with proxied(echo) as proxy:
        yield proxy


def heard_through(proxy: ToxicProxy, said: bytes = SAID, *, patience_s: float = 5.0) -> bytes | str:
    """Return what comes back for what is said, or how that ended."""
    try:
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=patience_s) as peer:
            peer.sendall(said)
            heard = b""
            while len(heard) < len(said) and (piece := peer.recv(4096)):
                heard += piece
            return heard
    except TimeoutError:
        return "silence"
    except ConnectionError:
        return "reset"


@pytest.mark.parametrize(
    ("toxic", "heard"),
    [
        (None, SAID),
        (Toxic("latency", seconds=0.05), SAID),
        (Toxic("bandwidth", bytes_per_s=5000), SAID),
        (Toxic("slicer", size=7), SAID),
        (Toxic("slow_close", seconds=0.05), SAID),
        (Toxic("down"), "reset"),
        (Toxic("reset_peer"), "reset"),
        (Toxic("timeout"), "silence"),
        (Toxic("reset_peer", when=b"not said"), SAID),
        (Toxic("reset_peer", when=b"789"), "reset"),
    ],
    ids=lambda value: getattr(value, "name", "clean") if not isinstance(value, bytes | str) else "",
)
def test_a_toxic_does_what_its_name_says(toxic: Toxic | None, heard: bytes | str, proxy: ToxicProxy):
    proxy.toxic = toxic

    assert heard_through(proxy, patience_s=0.5 if heard == "silence" else 5.0) == heard


def test_limited_data_ends_after_so_many_bytes(proxy: ToxicProxy):
    proxy.toxic = Toxic("limit_data", size=30)

    assert heard_through(proxy) in ("reset", b"", SAID[:30])


def test_without_the_toxic_everything_passes_again(proxy: ToxicProxy):
    proxy.toxic = Toxic("down")
    heard_through(proxy)
    proxy.toxic = None

    assert heard_through(proxy) == SAID


def test_an_unknown_toxic_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=TOXICS[0]):
        Toxic("rain")
