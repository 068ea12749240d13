"""What advice consists of: its words, who can follow it, what the product does at a button, and pages of Genesys."""

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Who can mend it, as people are told."""

    NOBODY = "nobody has to: it goes on by itself"
    OPS = "ops, here"
    SUPERVISOR = "a supervisor, here"
    ADMIN = "an admin, here"
    GENESYS_ADMIN = "whoever administers Genesys Cloud"
    IT = "IT: the network, its certificates, the machines"
    MAKERS = "whoever looks after this product: it is a bug"


class Fix(StrEnum):
    """What the product does at a button. The comment says what it acts on."""

    RETRY = "retry"  # this assignment: sent again
    LOOK_AGAIN = "look_again"  # this assignment: its conversation read again, then decided, then sent
    INSIST = "insist"  # this assignment: ours in place of theirs, with a reason
    CORRECT = "correct"  # this assignment: another code by hand
    CANCEL = "cancel"  # this assignment: nothing is written, with a reason
    CHOOSE_CODE = "choose_code"  # the rule: another code, in the draft
    CHANGE_NOTES = "change_notes"  # the rule: its notes, in the draft
    ADD_CODE = "add_code"  # the queue: the code is put on it in Genesys Cloud, after confirmation
    READ_CATALOGUE = "read_catalogue"  # the organization: codes and queues read now
    PROBE = "probe"  # the organization: tries on this conversation which write path takes a code
    CHECK_CLIENT = "check_client"  # the organization: what its client may do
    CHANGE_CLIENT = "change_client"  # the organization: another secret
    RESUME = "resume"  # the organization: calls go on
    POLICIES = "policies"  # the organization: how codes are given
    BACKFILL = "backfill"  # the organization: a stretch of the past decided now
    NEW_RULE = "new_rule"  # the rules: one for what none matched


OF_THE_ASSIGNMENT = frozenset({Fix.RETRY, Fix.LOOK_AGAIN, Fix.INSIST, Fix.CORRECT, Fix.CANCEL})
"""What acts on one assignment; everything else mends the cause for all that share it."""


class Place(StrEnum):
    """A page of Genesys Cloud's own, where something can be seen or mended that we cannot."""

    INTERACTION = "the conversation"
    QUEUE = "the queue"
    OAUTH = "the OAuth clients"
    ROLES = "roles and permissions"
    STATUS = "Genesys Cloud's status page"


@dataclass(frozen=True, slots=True)
class Advice:
    """`so` says what it means, `do` what to do, in the order of its sentences; `fixes` begins with the likeliest."""

    so: str
    do: str
    who: Who
    fixes: tuple[Fix, ...] = ()
    places: tuple[Place, ...] = ()
