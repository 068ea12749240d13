"""The rules of the showcase, as an operations team would write them, with names where the stored form has ids."""

from collections.abc import Mapping
from typing import Any

from wrapups.domain.conversation import SYSTEM_CODE_PREFIX
from wrapups.models import Organization, Queue, WrapupCode

BILLING = ["Billing EU", "Billing US", "Refunds", "VIP Desk", "Email Care"]
CRM = "disposition.CRM"

RULES: list[tuple[str, list[tuple[str, str, Any]], str, str]] = [
    (
        "Refund granted",
        [("queue", "one_of", BILLING), (CRM, "is", "REF-OK")],
        "Refund granted",
        "Set from the CRM case.",
    ),
    (
        "Refund refused",
        [("queue", "one_of", BILLING), (CRM, "is", "REF-NO")],
        "Refund refused",
        "Set from the CRM case.",
    ),
    ("Invoice explained", [("queue", "one_of", BILLING), (CRM, "is", "INV-EX")], "Invoice explained", ""),
    ("Payment arranged", [("queue", "one_of", BILLING), (CRM, "is", "PAY-ARR")], "Payment arranged", ""),
    (
        "Address changed",
        [("queue", "one_of", [*BILLING, "Chat Care", "Messaging US"]), (CRM, "is", "ADR-CH")],
        "Address changed",
        "",
    ),
    ("Escalated case", [(CRM, "is", "ESC-1")], "Escalated", "The CRM case went to second level."),
    ("Callback promised", [(CRM, "starts_with", "CB-")], "Callback promised", ""),
    ("Wrong number", [(CRM, "is", "WRONG-NO")], "Wrong number", ""),
    (
        "Resolved in the CRM",
        [(CRM, "one_of", ["RES-017", "REF-OK", "REF-NO", "INV-EX", "PAY-ARR", "ADR-CH"])],
        "Resolved",
        "",
    ),
    ("Nothing needed", [(CRM, "is", "NONE")], "No action needed", ""),
    (
        "Handed over",
        [("disconnect_type", "one_of", ["transfer", "consultTransfer", "conferenceTransfer"])],
        "Transferred",
        "",
    ),
    (
        "Very short call",
        [("media", "one_of", ["voice", "callback"]), ("duration_s", "less", 20)],
        "Customer hung up",
        "",
    ),
    (
        "After-call work ran out",
        [("system_code", "is", f"{SYSTEM_CODE_PREFIX}WRAP-UP-TIMEOUT")],
        "Resolved",
        "The agent's after-call work timed out.",
    ),
    ("Written conversations", [("media", "one_of", ["email", "message", "chat"])], "Resolved", ""),
]
"""Name, conditions (all must hold), wrap-up code, notes. Voice calls of which the CRM says nothing match no rule."""


def stored_conditions(organization: Organization, conditions: list[tuple[str, str, Any]]) -> dict[str, object]:
    """Return the stored form, each queue's name replaced by its id. Raises KeyError for a queue we do not know."""
    queues = dict(Queue.everywhere.filter(organization=organization).values_list("name", "genesys_id"))
    return {"all": [_stored(fact, operator, value, queues) for fact, operator, value in conditions]}


def code_named(organization: Organization, name: str) -> WrapupCode:
    """Return the organization's present wrap-up code of this name."""
    code: WrapupCode = WrapupCode.everywhere.get(organization=organization, name=name, gone_at=None)
    return code


def _stored(fact: str, operator: str, value: Any, queues: Mapping[str, str]) -> dict[str, object]:
    ids = [queues[name] for name in value] if fact == "queue" else value
    return {"fact": fact, "operator": operator, "value": ids}
