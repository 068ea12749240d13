"""A believable contact centre, the same for the same seed: rules can be written against its names."""

from uuid import UUID, uuid5

from wrapups.genesys.simulator.catalogue import Agent, Catalogue, Division, Queue, WrapupCode

NAMESPACE = UUID("6f3d0f0a-2a51-5c53-9a0e-1d6b8a6f2c11")
HOME, EUROPE, AMERICAS = "Home", "Europe", "Americas"

CODES = {
    "Resolved": HOME,
    "Refund granted": HOME,
    "Refund refused": HOME,
    "Callback promised": HOME,
    "Escalated": HOME,
    "Survey sent": HOME,
    "Wrong number": HOME,
    "No action needed": HOME,
    "Bot resolved": HOME,
    "Payment arranged": HOME,
    "Invoice explained": HOME,
    "Address changed": HOME,
    "Contract renewed": AMERICAS,
    "Contract not renewed": AMERICAS,
    "Order placed": HOME,
    "Quote sent": HOME,
    "Technician booked": EUROPE,
    "Fault fixed remotely": HOME,
    "Password reset": HOME,
    "Complaint registered": EUROPE,
    "Customer hung up": HOME,
    "Spam": HOME,
    "Transferred": HOME,
    "Goodwill credit": AMERICAS,
}
DELETED = "Goodwill credit"
EVERYWHERE = (
    "Resolved",
    "Callback promised",
    "Escalated",
    "Survey sent",
    "Wrong number",
    "No action needed",
    "Customer hung up",
    "Transferred",
)
MONEY = ("Refund granted", "Refund refused", "Payment arranged", "Invoice explained", "Address changed")
WRITTEN = ("Bot resolved", "Spam")

# name: division, media, after-call work, its timeout in seconds, codes beside those offered everywhere
QUEUES: dict[str, tuple[str, tuple[str, ...], str, float | None, tuple[str, ...]]] = {
    "Billing EU": (EUROPE, ("voice", "callback"), "OPTIONAL", None, MONEY),
    "Billing US": (AMERICAS, ("voice", "callback"), "MANDATORY_TIMEOUT", 30.0, MONEY),
    "Refunds": (HOME, ("voice", "email"), "OPTIONAL", None, MONEY),
    "Technical Support": (
        HOME,
        ("voice", "cobrowse", "screenshare"),
        "MANDATORY",
        None,
        ("Technician booked", "Fault fixed remotely", "Password reset"),
    ),
    "Sales Inbound": (HOME, ("voice", "callback"), "AGENT_REQUESTED", 60.0, ("Order placed", "Quote sent")),
    "Outbound Renewals": (AMERICAS, ("voice",), "OPTIONAL", None, ("Contract renewed", "Contract not renewed")),
    "Chat Care": (HOME, ("chat", "message"), "OPTIONAL", None, (*WRITTEN, "Address changed", "Password reset")),
    "Email Care": (EUROPE, ("email",), "AGENT_REQUESTED", 120.0, (*WRITTEN, *MONEY, "Complaint registered")),
    "VIP Desk": (
        HOME,
        ("voice", "callback", "email"),
        "MANDATORY_FORCED_TIMEOUT",
        45.0,
        (*MONEY, "Complaint registered"),
    ),
    "Social Care": (HOME, ("message", "unknown"), "OPTIONAL", None, (*WRITTEN, "Complaint registered")),
    "Video Consulting": (EUROPE, ("video",), "OPTIONAL", None, ("Quote sent", "Technician booked")),
    "Messaging US": (AMERICAS, ("message",), "MANDATORY_TIMEOUT", 20.0, (*WRITTEN, "Order placed", "Address changed")),
}
AGENTS = (
    "Ada Bellamy", "Bruno Castell", "Carla Dorn", "Daniel Eskola", "Edith Farrow", "Felix Grunwald",
    "Greta Holm", "Hugo Ivarsson", "Ines Jardine", "Jonas Kessler", "Kira Lindqvist", "Leo Marchetti",
    "Mira Novak", "Nils Overby", "Olga Petrov", "Pablo Quintero", "Quinn Rafferty", "Rosa Silvan",
    "Sam Thornton", "Tessa Ullman", "Uri Valente", "Vera Winslow", "Walt Xavier", "Xenia Yardley",
    "Yann Zeller", "Zoe Ashdown", "Arlo Brandt", "Bea Corwin", "Cyrus Delane", "Dora Emmet",
)  # fmt: skip


def contact_centre(seed: int) -> Catalogue:
    """Return the contact centre of this seed: 3 divisions, 12 queues, 24 codes (one deleted), 30 agents."""

    def identity(kind: str, name: str) -> str:
        return str(uuid5(NAMESPACE, f"{seed}/{kind}/{name}"))

    divisions = {name: identity("division", name) for name in (HOME, EUROPE, AMERICAS)}
    codes = {name: identity("code", name) for name in CODES}
    catalogue = Catalogue(identity("organization", ""), "Harbour & Finch Services")
    catalogue.divisions = {id_: Division(id_, name, home=name == HOME) for name, id_ in divisions.items()}
    catalogue.codes = {
        codes[name]: WrapupCode(codes[name], name, divisions[division]) for name, division in CODES.items()
    }
    for name, (division, media, prompt, timeout_s, extra) in QUEUES.items():
        offered = [codes[code] for code in (*EVERYWHERE, *extra)]
        queue = Queue(identity("queue", name), name, divisions[division], media, prompt, timeout_s, offered)
        catalogue.queues[queue.id] = queue
    for number, name in enumerate(AGENTS):
        agent = _agent(identity("agent", name), name, number, list(catalogue.queues.values()), divisions)
        catalogue.agents[agent.id] = agent
    catalogue.delete_code(codes[DELETED])
    return catalogue


def _agent(agent_id: str, name: str, number: int, queues: list[Queue], divisions: dict[str, str]) -> Agent:
    """Return agent `number`, who works on three queues in a row, so that every queue has several agents."""
    own = tuple(queues[(number + step) % len(queues)].id for step in range(3))
    division_id = list(divisions.values())[number % len(divisions)]
    title = "Team Lead" if number % 10 == 9 else "Customer Service Agent"
    email = f"{name.lower().replace(' ', '.')}@harbour-finch.example"
    return Agent(agent_id, name, email, division_id, title, own)
