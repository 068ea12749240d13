"""One run of the demo, from nothing to a stopped machine."""

import os
import shutil
import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from dashboard.demo import preparing, processes, supervising
from dashboard.demo.claiming import Claim
from dashboard.embedded import services
from dashboard.embedded.places import Places, places_in

SIMULATED_SEED = 1
ENDED_BEFORE_THE_START = 60
ARRIVALS_PER_MINUTE = 12
ARRIVALS_SPEED = 10  # nobody watches a demo for the length of a real call


@dataclass(frozen=True)
class Demo:
    """The demo in one folder, on two ports of this machine."""

    folder: Path
    web_port: int
    simulator_port: int
    say: Callable[[str], None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    def run(self) -> int:
        """Start everything, say where it is and how to sign in, and return the exit status when it has stopped.

        Raises `AlreadyRunning`, `OSError` for a port that is taken, `RuntimeError` for a step that failed.
        """
        with Claim(self.folder).held():
            for port in (self.web_port, self.simulator_port):
                refuse_taken_port(port)
            with self._servers() as places:
                for notice in places.notices:
                    self.say(notice)
                environment = self.environment()
                sign_ins = preparing.prepare(
                    environment=environment,
                    static_source=settings.BASE_DIR / "dashboard" / "static",
                    static_target=settings.STATIC_ROOT,
                    say=self.say,
                )
                return self._supervise(environment, sign_ins)

    def environment(self) -> Mapping[str, str]:
        """Return the settings of every process: production's, with this laptop's keys and services.

        `DATABASE_URL` and `REDIS_URL` of the caller are kept: then the demo runs on those servers.
        """
        places = places_in(self.folder)
        return {
            **os.environ,
            "DEBUG": "false",
            "LOG_FORMAT": "text",
            "VAR_DIR": str(self.folder),
            "PUBLIC_URL": self.url,
            "SECRET_KEY": settings.SECRET_KEY,
            "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
            "DATABASE_URL": settings.DATABASE_URL or places.database_url,
            "REDIS_URL": settings.REDIS_URL or places.redis_url,
            "ALLOWED_GENESYS_HOSTS": self.simulator_url,
        }

    def stop(self) -> bool:
        """Stop a run, or what a killed one left; return whether there was one. The data stays."""
        was_running = Claim(self.folder).stop_holder()
        services.stop(self.folder)
        return was_running

    def forget(self) -> None:
        """Remove everything that earlier runs have kept in their own servers. The keys stay.

        Raises `RuntimeError` if the database is a server's, which is not ours to empty.
        """
        if settings.DATABASE_URL:
            raise RuntimeError("DATABASE_URL names a server; only the demo's own database can be reset.")
        self.stop()
        places = places_in(self.folder)
        for folder in (places.postgres, places.valkey, places.sockets):
            shutil.rmtree(folder, ignore_errors=True)

    def _servers(self) -> AbstractContextManager[Places]:
        """Return the embedded servers, to be run for a block; nothing to run where the caller named both servers."""
        if settings.DATABASE_URL and settings.REDIS_URL:
            return nullcontext(places_in(self.folder))
        return services.running(self.folder)

    def _supervise(self, environment: Mapping[str, str], sign_ins: str) -> int:
        everything = (
            processes.simulator(
                port=self.simulator_port,
                seed=SIMULATED_SEED,
                conversations=ENDED_BEFORE_THE_START,
                arrivals_per_minute=ARRIVALS_PER_MINUTE,
                speed=ARRIVALS_SPEED,
            ),
            processes.web(host="127.0.0.1", port=self.web_port),
            processes.worker(),
            processes.pump(),
            processes.outside(),
        )
        greeting = f"\nThe dashboard is at {self.url}\n\n{sign_ins.rstrip()}\n\nCtrl-C stops it; its data stays.\n"
        supervising.when_it_answers(f"{self.url}/healthz", lambda: self.say(greeting))
        return supervising.supervise(
            everything, environment=environment, claim=Claim(self.folder), folder=str(settings.BASE_DIR)
        )


def refuse_taken_port(port: int) -> None:
    """Raise `OSError`, saying what to do, if something listens on the port of this machine already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise OSError(f"Port {port} is taken. Give others with --port and --simulator-port.") from error
