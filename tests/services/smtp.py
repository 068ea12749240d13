"""A mail server as small as RFC 5321 lets one be: it takes letters over TCP, and refuses or breaks off when told to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """What it took, in the order of arrival. `refuses` is the reply to the next recipients; None: all are taken."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    refuses: bytes | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def subjects(self) -> list[str]:
        return [str(letter["Subject"]).strip() for letter in self.letters]


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Take letters on a free port of this machine until the block ends."""
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        server = MailServer(listener.getsockname()[1])
        accepting = threading.Thread(target=_accept, args=(listener, server, stopping))
        accepting.start()
        try:
            yield server
        finally:
            stopping.set()
            accepting.join()


def _accept(listener: socket.socket, server: MailServer, stopping: threading.Event) -> None:
    while not stopping.is_set():
        with suppress(TimeoutError, OSError):
            sock, _ = listener.accept()
            with sock:
                sock.settimeout(5)
                _converse(sock, server)


def _converse(sock: socket.socket, server: MailServer) -> None:
    stream = sock.makefile("rb")

    def reply(line: bytes) -> None:
        sock.sendall(line + b"\r\n")

    reply(b"220 mail.test")
    while line := stream.readline():
        match line.split()[0].upper():
            case b"DATA":
                reply(b"354 go on")
                raw = b"".join(iter(stream.readline, b".\r\n"))
                server.letters.append(message_from_bytes(raw, policy=policy.default))
                reply(b"250 taken")
            case b"RCPT" if server.refuses:
                reply(server.refuses)
            case b"QUIT":
                reply(b"221 bye")
                return
            case _:
                reply(b"250 mail.test")
