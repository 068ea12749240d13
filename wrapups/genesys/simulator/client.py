"""The control side of a running simulator, as methods; the standard library only."""

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

Row = dict[str, Any]
TIMEOUT_S = 30.0


class SimulatorControl:
    """Controls the simulator at `url`. Every method raises SimulatorRefused when the simulator says no."""

    def __init__(self, url: str) -> None:
        self.url = url

    def reset(self, *, seed: int | None = None) -> None:
        """Start afresh, empty; the same seed unless another is given. Tokens stay in force."""
        self._call("POST", "reset", {"seed": seed})

    def generate(
        self, count: int, *, mix: dict[str, int] | None = None, within_s: float = 3600.0, speed: float = 1.0
    ) -> list[str]:
        """Add conversations that ended in the last `within_s` seconds and return their ids.

        `speed` divides their durations, also what is left of after-call work that still goes on.
        `mix` gives scenarios a weight (`generation.scenarios.SCENARIOS`); without it 60 hold each of them.
        """
        return list(self._call("POST", "generate", {"count": count, "mix": mix, "within_s": within_s, "speed": speed}))

    def load(self, conversations: dict[str, Any]) -> list[str]:
        """Add conversations from analytics JSON, `{"conversations": [...]}`, and return their ids."""
        return list(self._call("POST", "load", conversations))

    def load_file(self, path: Path) -> list[str]:
        """Add the conversations of a file of analytics JSON and return their ids."""
        return self.load(json.loads(path.read_bytes()))

    def arrivals(self, *, per_minute: float, speed: float = 1.0) -> None:
        """Let conversations arrive from now on, their durations divided by `speed`; 0 a minute stops them."""
        self._call("POST", "arrivals", {"per_minute": per_minute, "speed": speed})

    def now(self) -> str:
        """Return the simulated instant."""
        return str(self._call("GET", "clock"))

    def advance(self, seconds: float) -> str:
        """Move the simulated clock forward and return the new instant."""
        return str(self._call("POST", "clock", {"seconds": seconds}))

    def switches(self) -> Row:
        """Return every switch (`switches.Switches` says what each means)."""
        return dict(self._call("GET", "switches"))

    def switch(self, **changes: object) -> Row:
        """Set some switches and return them all."""
        return dict(self._call("PATCH", "switches", changes))

    def faults(self) -> list[Row]:
        """Return the faults in force, with how often each was met."""
        return list(self._call("GET", "faults"))

    def fault(self, mode: str, **fault: object) -> int:
        """Put a fault in force and return its id (`faults.Fault` says what it takes)."""
        return int(self._call("POST", "faults", {"mode": mode, **fault}))

    def clear_faults(self, fault_id: int | None = None) -> None:
        """End one fault, or all."""
        self._call("DELETE", "faults" if fault_id is None else f"faults?fault_id={fault_id}")

    def agent_sets_code(
        self,
        conversation_id: str,
        communication_id: str,
        code: str | None,
        *,
        at: str | None = None,
        notes: str | None = None,
        provisional: bool = False,
    ) -> Row:
        """Let the agent set a code, now or at an instant, and return the ledger's entry."""
        wanted = {"code": code, "at": at, "notes": notes, "provisional": provisional}
        return dict(
            self._call(
                "POST",
                "agent_sets_code",
                {"conversation_id": conversation_id, "communication_id": communication_id, **wanted},
            )
        )

    def predict(self, conversation_id: str, codes: dict[str, float], *, communication_id: str = "") -> None:
        """Let Copilot predict these codes (id to confidence) for a conversation or one of its communications."""
        wanted = {"conversation_id": conversation_id, "codes": codes, "communication_id": communication_id}
        self._call("POST", "predict", wanted)

    def client(self) -> Row:
        """Return the OAuth client: `client_id`, `client_secret` and `grants`."""
        return dict(self._call("GET", "client"))

    def grant(self, permission: str, *, division_ids: list[str] | None = None) -> None:
        """Grant a permission in these divisions only, or everywhere."""
        self._call("POST", "grant", {"permission": permission, "division_ids": division_ids})

    def revoke(self, permission: str) -> None:
        """Take a permission away."""
        self._call("POST", "revoke", {"permission": permission})

    def rotate_secret(self) -> str:
        """Give the client a new secret and return it."""
        return str(self._call("POST", "rotate_secret"))

    def expire_tokens(self) -> int:
        """End every token now and return how many there were."""
        return int(self._call("POST", "expire_tokens"))

    def rename_code(self, code_id: str, name: str) -> None:
        """Rename a wrap-up code."""
        self._call("POST", "rename_code", {"code_id": code_id, "name": name})

    def delete_code(self, code_id: str) -> None:
        """Delete a wrap-up code."""
        self._call("POST", "delete_code", {"code_id": code_id})

    def offer_codes(self, queue_id: str, code_ids: list[str]) -> None:
        """Make exactly these the codes of a queue."""
        self._call("POST", "offer_codes", {"queue_id": queue_id, "code_ids": code_ids})

    def add_queues(self, count: int) -> list[str]:
        """Add so many queues and return their ids."""
        return list(self._call("POST", "add_queues", {"count": count}))

    def rename_queue(self, queue_id: str, name: str) -> None:
        """Rename a queue."""
        self._call("POST", "rename_queue", {"queue_id": queue_id, "name": name})

    def set_agent(self, agent_id: str, **columns: str) -> None:
        """Set an agent's `name` or `state`."""
        self._call("POST", "set_agent", {"agent_id": agent_id, **columns})

    def map_code(self, code_id: str, flags: list[str]) -> None:
        """Let a wrap-up code mean this to the dialler."""
        self._call("POST", "map_code", {"code_id": code_id, "flags": flags})

    def catalogue(self) -> Row:
        """Return `divisions`, `queues`, `codes` (deleted ones too) and `agents`, each a list of rows."""
        return dict(self._call("GET", "catalogue"))

    def code_id(self, name: str) -> str:
        """Return the id of the wrap-up code of this name (KeyError when there is none)."""
        return self._id_of("codes", name)

    def queue_id(self, name: str) -> str:
        """Return the id of the queue of this name (KeyError when there is none)."""
        return self._id_of("queues", name)

    def ledger(self, *, since: int = 0) -> list[Row]:
        """Return every write, refused ones too, from number `since` on."""
        return list(self._call("GET", f"ledger?since={since}"))

    def calls(self) -> Row:
        """Return the statistics of the API calls, such as `calls`, `rate_limited` and `max_calls_in_60s`."""
        return dict(self._call("GET", "calls"))

    def call_times(self) -> list[list[float]]:
        """Return when each token made its calls, in seconds after 1970; tokens by order of first use."""
        return list(self._call("GET", "call_times"))

    def drop_sockets(self) -> int:
        """Reset the connection of every open WebSocket and return how many there were."""
        return int(self._call("POST", "drop_sockets"))

    def announce_closing(self) -> int:
        """Tell every open WebSocket that it is about to close and return how many there are."""
        return int(self._call("POST", "announce_closing"))

    def channels(self) -> list[Row]:
        """Return the notification channels: `id`, `topics`, `connected`, `expires_at`, oldest first."""
        return list(self._call("GET", "channels"))

    def state(self) -> list[Row]:
        """Return every communication as it really is, nothing lagging."""
        return list(self._call("GET", "state"))

    def _id_of(self, part: str, name: str) -> str:
        ids = [row["id"] for row in self.catalogue()[part] if row["name"] == name]
        if not ids:
            raise KeyError(f"The simulator has no {name!r} among its {part}.")
        return str(ids[0])

    def _call(self, method: str, control: str, body: dict[str, Any] | None = None) -> Any:
        """Return the answer of one control; a connection per call, so any thread may use this."""
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_S)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, f"/_sim/{quote(control, safe='?=&')}", sent)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise SimulatorRefused(answer["error"])
        return answer


class SimulatorRefused(Exception):
    """The simulator could not do what its control side was asked; says why and what is possible."""
