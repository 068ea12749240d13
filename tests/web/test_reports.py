"""Reports: every number leads to just what it counts, whatever the zone, the filter and the data."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.forms.filters import AssignmentFilterForm
from dashboard.queries.reports.asked import ReportFilter
from dashboard.queries.reports.reading import Read, read
from dashboard.queries.reports.registry import KINDS
from tests.factories import (
    AssignmentFactory,
    DivisionFactory,
    MappingRuleFactory,
    MembershipFactory,
    OrganizationFactory,
    QueueFactory,
    ReleaseFactory,
    SweepFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.domain.status import SkipReason, Status
from wrapups.models import DaySum, DecisionTally, Organization, Release, Sweep
from wrapups.models.scoping import Sight
from wrapups.services.tallying import COUNTED_DAYS, count_day, today_in

pytestmark = pytest.mark.django_db
TIMED_OUT = "ININ-WRAP-UP-TIMEOUT"


def count_all(organization: Organization, *, days: int = COUNTED_DAYS) -> None:
    """Count so many days, today the last of them."""
    today = today_in(organization)
    for ago in range(days):
        count_day(organization, today - timedelta(days=ago))


def days_ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def ended(organization: Organization, times: int = 1, *, days: float = 1, queue: str = "", **columns: Any) -> None:
    of_queue = {"communication__queue_id": queue} if queue else {}
    AssignmentFactory.create_batch(
        times, organization=organization, communication__ended_at=days_ago(days), **of_queue, **columns
    )


def listed(organization: Organization, address: str) -> int:
    """Return how many assignments the list at this address has."""
    form = AssignmentFilterForm(QueryDict(urlsplit(address).query), organization)
    assert not form.errors, (address, form.errors)
    return form.filter().apply(organization).count()


def numbers_of(shown: Read) -> Iterable[tuple[int, str]]:
    """Return every number of a report that leads to conversations, each with its address."""
    report = shown.report
    cells = [cell for _, cell in report.figures] + [
        cell for each in report.tables for row in each.rows for cell in row.cells
    ]
    yield from ((cell.number, cell.address) for cell in cells if cell.number)
    for drawing in report.drawings:
        for column in drawing.chart.columns:
            yield from ((part.number, part.url) for part in column.parts if part.number)


def report_of(organization: Organization, name: str, **asked: Any) -> Read:
    return read(organization, KINDS[name], ReportFilter(**asked))


def cells_of(shown: Read, table: str) -> dict[str, list[str]]:
    found = shown.report.table(table)
    assert found
    return {row.head.words: [cell.words for cell in row.cells] for row in found.rows}


# --- Every number equals its list --------------------------------------------------------------------------------


one_of = st.sampled_from
told = st.fixed_dictionaries(
    {
        "status": one_of([status for status in Status if status != Status.SUPERSEDED] * 2 + [Status.SUPERSEDED]),
        "queue": one_of((None, 0, 1)),
        "code": one_of((None, 0, 1, 2)),
        "rule": one_of((None, 0, 1)),
        "found": one_of(("", TIMED_OUT, "code-0", "code-elsewhere")),
        "reason": one_of(("", SkipReason.NO_RULE.value, SkipReason.AGENT_CHOSE.value)),
        "hours": st.integers(0, 24 * 20),
    }
)
asked_for = st.fixed_dictionaries(
    {"days": one_of((1, 7, 28))},
    optional={
        "step": one_of(("hour", "day", "week")),
        "queue": one_of(("billing", "-")),
        "division": st.just("North"),
        "rule": one_of((0, 1)),
        "status": one_of(("verified", "skipped")),
    },
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=one_of(list(KINDS)),
    rows=st.lists(told, min_size=4, max_size=8),
    asked=asked_for,
    zone=one_of(("UTC", "Asia/Kathmandu", "America/Los_Angeles")),
    persons_zone=one_of(("UTC", "Europe/Paris", "Australia/Lord_Howe")),
)
def test_every_number_of_every_report_is_the_length_of_the_list_that_it_leads_to(
    name: str, rows: list[dict[str, Any]], asked: dict[str, Any], zone: str, persons_zone: str
):
    organization = OrganizationFactory(time_zone=zone)
    rules = _stored(organization, rows)
    count_all(organization, days=22)
    asked |= {"rule": str(rules[asked["rule"]].identity)} if "rule" in asked else {}

    with timezone.override(ZoneInfo(persons_zone)):
        shown = report_of(organization, name, **asked)

        assert [
            (number, address) for number, address in numbers_of(shown) if listed(organization, address) != number
        ] == []


def _stored(organization: Organization, rows: list[dict[str, Any]]) -> list[Any]:
    north = DivisionFactory(organization=organization, name="North")
    queues = [
        QueueFactory(organization=organization, name="Billing", division_id=north.genesys_id),
        QueueFactory(organization=organization, name="Sales"),
    ]
    codes = [
        WrapupCodeFactory(organization=organization, genesys_id=f"code-{place}", name=name)
        for place, name in enumerate(("Solved", "Called back", "SOLVED"))
    ]
    rules = []
    for place in (0, 1):
        rule = MappingRuleFactory(organization=organization, wrapup_code=codes[place], release__number=place + 1)
        Release.everywhere.filter(pk=put_in_force(rule.release).pk).update(
            state=Release.State.RETIRED, published_at=days_ago(3 + 5 * place)
        )
        rules.append(rule)
    for row in rows:
        nothing = row["code"] is None
        AssignmentFactory(
            organization=organization,
            communication__queue_id="" if row["queue"] is None else queues[row["queue"]].genesys_id,
            communication__ended_at=days_ago(row["hours"] / 24),
            wrapup_code=None if nothing else codes[row["code"]],
            rule=None if row["rule"] is None else rules[row["rule"]],
            status=Status.SKIPPED if nothing else row["status"],
            reason=row["reason"],
            found_code_id=row["found"],
        )
    return rules


def test_an_hour_that_the_clock_shows_twice_leads_to_its_own_conversations(organization: Organization):
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 2:30 in Paris, and an hour later 2:30 again
    for at in (twice, twice + timedelta(hours=1), twice + timedelta(hours=1)):
        AssignmentFactory(organization=organization, communication__ended_at=at)
    Organization.objects.filter(pk=organization.pk).update(time_zone="Europe/Paris")
    organization.refresh_from_db()

    with timezone.override(ZoneInfo("Europe/Paris")):
        shown = report_of(organization, "outcomes", first=date(2026, 10, 25), last=date(2026, 10, 25))
        counts = [(column.total, listed(organization, column.url)) for column in shown.report.drawings[0].chart.columns]

    assert len(counts) == 25
    assert counts[2:4] == [(1, 1), (2, 2)]
    assert sum(total for total, _ in counts) == 3


# --- What each report says ---------------------------------------------------------------------------------------


def test_volumes_tell_what_became_of_everything_that_ended(organization: Organization):
    ended(organization, 6, verified=True)
    ended(organization, 2, failed=True)
    ended(organization, 2, skipped=True)
    ended(organization, 1, status=Status.SUPERSEDED)
    count_all(organization, days=7)

    shown = report_of(organization, "outcomes", days=7)

    figures = {words: cell.words for words, cell in shown.report.figures}
    assert figures == {"Ended": "10", "Verified": "6", "Verified, share": "60.0 %", "Failed": "2", "In conflict": "0"}
    assert cells_of(shown, "queues") == {"no queue": ["10", "60.0 %", "6", "2", "2"]}


def test_the_share_of_timeouts_and_of_repairs_are_of_what_nobody_had_coded(organization: Organization):
    ended(organization, 3, verified=True, found_code_id=TIMED_OUT)
    ended(organization, 1, found_code_id=TIMED_OUT)
    ended(organization, 1, verified=True)
    ended(organization, 5, skipped=True, found_code_id="code-of-the-agent")
    count_all(organization, days=2)

    shown = report_of(organization, "timeouts", days=7)

    assert [cell.words for _, cell in shown.report.figures] == ["10", "1", "4", "5", "50.0 %", "4", "80.0 %"]


def test_a_code_mix_is_compared_over_as_many_days_before_and_after_a_release(organization: Organization):
    solved, refunded = (WrapupCodeFactory(organization=organization, name=name) for name in ("Solved", "Refunded"))
    release = put_in_force(MappingRuleFactory(organization=organization, release__number=7).release)
    Release.everywhere.filter(pk=release.pk).update(published_at=days_ago(3))
    ended(organization, 3, days=5, wrapup_code=solved)
    ended(organization, 1, days=5, wrapup_code=refunded)
    ended(organization, 9, days=3, wrapup_code=solved)  # the day of publishing is on neither side
    ended(organization, 9, days=8, wrapup_code=solved)  # and no more days before than have passed since
    ended(organization, 1, days=1, wrapup_code=solved)
    ended(organization, 1, days=1, wrapup_code=refunded)
    count_all(organization, days=10)

    shown = report_of(organization, "codes", days=7)

    assert cells_of(shown, "release") == {
        "Solved": ["3", "75.0 %", "1", "50.0 %", "-25.0 pp"],
        "Refunded": ["1", "25.0 %", "1", "50.0 %", "+25.0 pp"],
    }
    assert [line.marker.word for line in shown.report.drawings[0].chart.markers] == ["7"]


def test_releases_too_near_to_be_read_have_one_marker(organization: Organization):
    for number, days in ((1, 20), (2, 20), (3, 20), (4, 3)):
        release = ReleaseFactory(organization=organization, number=number, state="retired")
        Release.everywhere.filter(pk=release.pk).update(published_at=days_ago(days))
    ended(organization, 1, days=2)
    count_all(organization, days=30)

    markers = [line.marker for line in report_of(organization, "codes", days=30).report.drawings[0].chart.markers]

    assert [(each.word, each.url) for each in markers] == [
        ("1-3", reverse("release-list")),
        ("4", reverse("release-detail", args=[4])),
    ]
    assert [markers[0].title.count(f"Release {number} was published") for number in (1, 2, 3, 4)] == [1, 1, 1, 0]


def test_the_codes_wanted_most_have_a_colour_and_the_others_are_one(organization: Organization):
    for place in range(14):
        ended(
            organization, 20 - place, wrapup_code=WrapupCodeFactory(organization=organization, name=f"Code {place:02}")
        )
    count_all(organization, days=2)

    shown = report_of(organization, "codes", days=7)

    legend = [words for _, words in shown.report.drawings[0].legend]
    assert legend == [*(f"Code {place:02}" for place in range(12)), "other codes"]
    assert len(cells_of(shown, "codes")) == 14
    assert sum(drawn.total for drawn in shown.report.drawings[0].chart.columns) == sum(
        20 - place for place in range(14)
    )


def test_agreement_is_told_rule_by_rule_as_the_rules_page_tells_it(admin: Client, organization: Organization):
    rule = MappingRuleFactory(organization=organization, name="Refund - EU")
    put_in_force(rule.release)
    own = {"rule": rule, "wrapup_code": rule.wrapup_code, "status": Status.SKIPPED, "reason": SkipReason.AGENT_CHOSE}
    ended(organization, 6, found_code_id=rule.wrapup_code.genesys_id, **own)
    ended(organization, 3, found_code_id="another", **own)
    ended(organization, 1, **own)
    count_all(organization, days=2)

    shown = report_of(organization, "agreement", days=28)

    story = admin.get(reverse("rule-use", args=[rule.identity])).context["story"]
    assert cells_of(shown, "rules") == {"Refund - EU": ["10", "6", "3", "1", "66.7 %"]}
    assert [choice.number for choice in story.choices] == [6, 3, 1]


# --- What is not counted yet -------------------------------------------------------------------------------------


def test_days_that_nobody_has_counted_are_in_no_number_and_are_said(admin: Client, organization: Organization):
    ended(organization, 2, days=1)
    ended(organization, 5, days=4)
    count_all(organization, days=3)

    answer = admin.get(reverse("report", args=["outcomes"]), {"days": 7})

    assert answer.context["shown"].report.total == 2
    assert "4 of these days are not counted yet" in answer.content.decode()


def test_days_of_the_zone_that_an_organization_had_before_are_not_counted(organization: Organization):
    ended(organization, 2, days=1)
    count_all(organization, days=7)
    organization.time_zone = "Asia/Tokyo"
    organization.save(update_fields=["time_zone"])

    assert len(report_of(organization, "outcomes", days=7).report.missing) >= 6


def test_a_person_can_have_everything_counted_again_at_once(admin: Client, organization: Organization):
    later = timezone.now() + timedelta(hours=1)
    sweep = SweepFactory(organization=organization, kind=Sweep.Kind.TALLY, due_at=later)
    page = reverse("report", args=["codes"])

    answer = admin.post(reverse("report-count"), {"next": page})

    sweep.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert sweep.due_at < later


# --- The pages ---------------------------------------------------------------------------------------------------


@pytest.fixture
def full(organization: Organization) -> Organization:
    """An organization with 60 queues and 20 codes."""
    codes = [WrapupCodeFactory(organization=organization) for _ in range(20)]
    rule = MappingRuleFactory(organization=organization)
    Release.everywhere.filter(pk=rule.release_id).update(state=Release.State.PUBLISHED, published_at=days_ago(4))
    for place in range(60):
        queue = QueueFactory(organization=organization).genesys_id
        ended(organization, queue=queue, days=place % 9, wrapup_code=codes[place % 20], rule=rule, verified=True)
    count_all(organization, days=10)
    return organization


@pytest.mark.parametrize("name", list(KINDS))
def test_a_report_asks_few_questions_however_much_it_shows(
    name: str, admin: Client, full: Organization, django_assert_max_num_queries: Any
):
    with django_assert_max_num_queries(30):
        answer = admin.get(reverse("report", args=[name]), {"days": 92})

    assert answer.status_code == 200


@pytest.mark.parametrize("name", list(KINDS))
def test_a_report_that_is_narrowed_by_no_rule_and_no_status_reads_sums_and_no_tallies(
    name: str, full: Organization, django_assert_max_num_queries: Any
):
    with django_assert_max_num_queries(15) as asked:
        report_of(full, name, days=92)

    read_from = " ".join(query["sql"] for query in asked.captured_queries)
    assert DaySum._meta.db_table in read_from
    assert DecisionTally._meta.db_table not in read_from


@pytest.mark.parametrize("name", list(KINDS))
def test_whom_divisions_limit_gets_the_numbers_of_their_queues(name: str, organization: Organization):
    rule = MappingRuleFactory(organization=organization)
    made = {"rule": rule, "wrapup_code": rule.wrapup_code, "found_code_id": rule.wrapup_code.genesys_id}
    theirs, other = (QueueFactory(organization=organization).genesys_id for _ in range(2))
    ended(organization, 2, queue=theirs, **made)
    ended(organization, 3, queue=other, **made)
    count_all(organization, days=2)
    organization.sight = Sight((theirs,))

    assert report_of(organization, name, days=7).report.total == 2


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", list(KINDS))
def test_everybody_who_may_look_may_see_every_report(name: str, role: Role, sign_in: Callable[..., Client]):
    assert "Nothing ended in these days" in sign_in(role).get(reverse("report", args=[name])).content.decode()


def test_who_sees_one_division_is_shown_its_numbers_only(sign_in: Callable[..., Client], organization: Organization):
    north = DivisionFactory(organization=organization)
    seen, unseen = (QueueFactory(organization=organization, division_id=of) for of in (north.genesys_id, "elsewhere"))
    ended(organization, 2, queue=seen.genesys_id)
    ended(organization, 5, queue=unseen.genesys_id)
    count_all(organization, days=2)
    client = Client()
    member = MembershipFactory(organization=organization, role=Role.SUPERVISOR, division_ids=[north.genesys_id])
    client.force_login(member.person, "django.contrib.auth.backends.ModelBackend")

    for days in (1.0, 7.0):
        answer = client.get(reverse("report", args=["outcomes"]), {"days": int(days)})
        assert answer.context["shown"].report.total in ((2,) if days == 7 else (0, 2))


def test_another_organizations_numbers_are_not_shown(admin: Client, organization: Organization):
    other = OrganizationFactory()
    ended(other, 3)
    count_all(other, days=2)
    count_all(organization, days=2)

    assert admin.get(reverse("report", args=["outcomes"])).context["shown"].report.total == 0


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"queue": "Billnig"}, "No queue is called “Billnig”."),
        ({"first": "2026-11-03", "last": "2026-11-01"}, "Choose a day from the first one on"),
        ({"first": "2026-11-03"}, "Choose both days, or neither."),
        ({"last": "yesterday", "first": "2026-11-03"}, "Enter a valid date."),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field_and_stays_typed(admin: Client, asked: dict[str, str], error: str):
    page = admin.get(reverse("report", args=["outcomes"]), asked).content.decode()

    assert error in page
    assert all(f'value="{typed}"' in page for typed in asked.values())


def test_there_is_no_report_of_another_name(admin: Client):
    assert admin.get("/reports/nothing").status_code == 404
    assert admin.post("/reports/nothing/file").status_code == 404
    assert admin.post("/reports/outcomes/file?table=nothing").status_code == 404


def test_a_table_is_taken_away_as_a_file_that_computes_nothing(admin: Client, organization: Organization):
    queue = QueueFactory(organization=organization, name="=1+1")
    ended(organization, 2, queue=queue.genesys_id)
    count_all(organization, days=2)

    answer = admin.post(f"{reverse('report-file', args=['outcomes'])}?table=queues&days=7")

    assert answer["Content-Disposition"] == 'attachment; filename="outcomes-queues.csv"'
    lines = answer.getvalue().decode("utf-8-sig").splitlines()
    assert lines == ['"Queue","Ended","Verified, share","Pending"', '"\'=1+1","2","0.0 %","2"']
