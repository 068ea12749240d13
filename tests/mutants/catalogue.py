"""Faults we put into the code on purpose, each with the tests that have to notice.

A patch names text that must occur exactly once; when the code has changed, the command says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

INVARIANTS = "tests/services/test_invariants.py::test_whatever_happens_in_whatever_order_the_invariants_hold"
RETRY, BUDGET = "tests/domain/test_retry.py", "tests/services/test_budgeting.py"
DISPATCHING = "tests/services/test_dispatching.py"

DOMAIN, SERVICES = "wrapups/domain", "wrapups/services"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: what it is, the file, what is replaced by what, and the least tests that have to catch it."""

    name: str
    file: str
    patches: Sequence[tuple[str, str]]
    tests: Sequence[str]


WORKERS_CLOCK = '__import__("datetime").datetime.now(__import__("datetime").UTC) + timedelta(seconds=settings.LEASE_S)'
RULE_IN_FORCE_NOW = (
    'organization.__class__._meta.apps.get_model("wrapups", "MappingRule")'
    '.everywhere.filter(release__organization=organization, release__state="published")'
    '.order_by("line").first().wrapup_code.genesys_id'
)
A_BUCKET_EACH = """
    mine = _EACH.setdefault(__import__("threading").get_ident(), [0.0, -60.0])
    level = min(5.0, mine[0] + abs(time.monotonic() - mine[1]) * 5)
    if level >= 1:
        mine[:] = level - 1, time.monotonic()
        return Granted()
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,"""

OF_THE_DESIGN = (
    Mutant(
        "finish without the fence",
        f"{SERVICES}/moving.py",
        [("        rows = rows.filter(fence=under_fence)\n", "        pass\n")],
        [f"{DISPATCHING}::test_a_worker_given_up_for_dead_finishes_nothing"],
    ),
    Mutant(
        "no settle time before the read-back",
        f"{DOMAIN}/retry.py",
        [
            (
                "        case _:\n            return NextStep(Status.UNKNOWN, after_s=settle_s)",
                "        case _:\n            return NextStep(Status.UNKNOWN)",
            )
        ],
        [RETRY],
    ),
    Mutant(
        "no read-back: send again at once",
        f"{DOMAIN}/retry.py",
        [
            (
                "        case _:\n            return NextStep(Status.UNKNOWN, after_s=settle_s)",
                "        case _:\n            return NextStep(Status.PENDING, resolved=True)",
            )
        ],
        [RETRY],
    ),
    Mutant(
        "a 429 counts as a try",
        f"{DOMAIN}/retry.py",
        [
            (
                "NextStep(Status.PENDING, error.retry_after_s, hold=Hold.WAIT, counts=False, resolved=True)",
                "NextStep(Status.PENDING, error.retry_after_s, hold=Hold.WAIT, resolved=True)",
            )
        ],
        [RETRY],
    ),
    Mutant(
        "leases by the worker's clock",
        f"{SERVICES}/dispatching.py",
        [('"lease_until": AppNow() + Seconds(settings.LEASE_S)', f'"lease_until": {WORKERS_CLOCK}')],
        [INVARIANTS],
    ),
    Mutant(
        "what a dead worker held is sent again unread",
        f"{DOMAIN}/retry.py",
        [
            (
                "FailReason.QUARANTINED)\n    return NextStep(Status.UNKNOWN, after_s=settle_s)",
                "FailReason.QUARANTINED)\n    return NextStep(Status.PENDING, after_s=settle_s)",
            )
        ],
        [RETRY],
    ),
    Mutant(
        "rescue without asking again",
        f"{SERVICES}/dispatching.py",
        [
            ("            if still_expired.select_for_update().exists():", "            if still_expired is not None:"),
            ("                    under_fence=row.fence,\n                    due_at", "                    due_at"),
        ],
        ["tests/services/test_recovering.py"],
    ),
    Mutant(
        "a rate limit of each process's own",
        f"{SERVICES}/budgeting.py",
        [
            ("\n    with connection.cursor() as cursor:\n        cursor.execute(\n            _TAKE,", A_BUCKET_EACH),
            ('\n_TAKE = """', '\n_EACH: dict[int, list[float]] = {}\n_TAKE = """'),
        ],
        [f"{BUDGET}::test_four_workers_together_get_what_the_bucket_holds"],
    ),
    Mutant(
        "one view asks for everybody's rows",
        "dashboard/views/failures.py",
        [("Assignment.objects.of(request.organization)", "Assignment.everywhere.all()")],
        ["tests/web/test_policy.py::test_what_belongs_to_another_organization_is_not_there"],
    ),
    Mutant(
        "no ON CONFLICT when a conversation is seen again",
        f"{SERVICES}/sighting.py",
        [('update_conflicts=True,\n            unique_fields=["organization", "conversation_id"],', "")],
        ["tests/services/test_deciding.py::test_deciding_again_changes_nothing_and_leaves_no_trace"],
    ),
    Mutant(
        "the rule is looked up when the code is sent",
        f"{SERVICES}/dispatching.py",
        [("wanted_code_id=row.wrapup_code.genesys_id,", f"wanted_code_id={RULE_IN_FORCE_NOW},")],
        [f"{DISPATCHING}::test_what_is_sent_is_what_was_decided_whatever_was_published_since"],
    ),
)

OUR_OWN = (
    Mutant(
        "a person's pause does not hold the budget",
        f"{SERVICES}/budgeting.py",
        [("           AND level.free AND level.wait_s = 0", "           AND level.wait_s = 0")],
        [f"{BUDGET}::test_a_held_budget_grants_nothing_and_spends_nothing"],
    ),
    Mutant(
        "what was paused while its row was claimed is sent",
        f"{SERVICES}/budgeting.py",
        [("           AND NOT level.part_held\n", "")],
        ["tests/services/test_pausing.py::test_a_call_for_what_was_paused_meanwhile_is_refused_and_not_spent"],
    ),
    Mutant(
        "a paused rule's work is taken",
        f"{SERVICES}/held_work.py",
        [("return ~Q(rule_identity__in=self.rules) if self.rules else Q()", "return Q()")],
        ["tests/services/test_pausing.py::test_of_a_paused_rule_nothing_is_taken_in_whatever_release_it_decided"],
    ),
    Mutant(
        "Retry-After is not heeded",
        f"{SERVICES}/budgeting.py",
        [("           AND level.free AND level.wait_s = 0", "           AND level.free")],
        [f"{BUDGET}::test_a_429_stops_all_calls_for_as_long_as_asked"],
    ),
    Mutant(
        "a code that a person chose after ours is written over",
        f"{DOMAIN}/retry.py",
        [
            (
                "return NextStep(Status.OVERRIDDEN if was_accepted else Status.CONFLICT, resolved=True)",
                "return NextStep(Status.PENDING, resolved=True)",
            )
        ],
        [RETRY],
    ),
    Mutant(
        "a retry sends what may have been written",
        f"{SERVICES}/retrying.py",
        [("new = Status.UNKNOWN if row.unresolved_write else Status.PENDING", "new = Status.PENDING")],
        ["tests/services/test_retrying.py::test_a_write_that_nobody_knows_the_end_of_is_read_first"],
    ),
    Mutant(
        "any code read back is proof",
        f"{SERVICES}/verifying.py",
        [("        if shown == row.wrapup_code.genesys_id:", "        if shown is not None:")],
        ["tests/services/test_verifying.py::test_another_code_is_read_alone_and_left_to_the_person_who_chose_it"],
    ),
    Mutant(
        "what was read while it went on is never found again",
        f"{SERVICES}/completing.py",
        [(", ended_at__isnull=False)", ")"), (" or keys_of(seen) - kept", "")],
        [
            "tests/services/test_discovering.py::test_what_was_read_while_it_was_still_going_on_is_found_when_it_has_ended"
        ],
    ),
    Mutant(
        "who sees some divisions sees all of them",
        "wrapups/models/scoping.py",
        [
            (
                "return rows if sight.queue_ids is None else rows.filter",
                "return rows if rows is not None else rows.filter",
            )
        ],
        ["tests/web/test_sight.py::test_somebody_without_the_division_sees_no_row_through_a_shared_link"],
    ),
)

MUTANTS = (*OF_THE_DESIGN, *OUR_OWN)
