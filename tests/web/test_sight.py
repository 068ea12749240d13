"""What somebody sees whom divisions limit: nothing of other divisions' conversations, by whatever address."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard import urls
from dashboard.divisions import OPEN
from dashboard.policy import POLICY
from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    AttemptFactory,
    BackfillFactory,
    BulkActFactory,
    CommunicationFactory,
    DecisionTallyFactory,
    DispositionFactory,
    DivisionFactory,
    ExportFactory,
    MappingRuleFactory,
    MembershipFactory,
    ProbeFactory,
    QueueFactory,
    put_in_force,
)
from wrapups.domain.roles import Right
from wrapups.domain.scopes import Scope
from wrapups.models import Assignment, DecisionTally, Membership, Probe, SavedView
from wrapups.services import keys
from wrapups.services.auditing import Actor
from wrapups.services.seeing import seen_by

ANY_KEY = {"slug": "any", "kind": "queue"}
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass
class Part:
    """A division with a queue, and a failed assignment that came by it."""

    division: Any
    queue: Any
    failed: Assignment

    @property
    def marks(self) -> tuple[str, ...]:
        """What a page would show of its conversation."""
        leg = self.failed.communication
        return (leg.conversation.conversation_id, leg.communication_id, self.failed.error_message)


def part_of(organization, name: str) -> Part:
    division = DivisionFactory(organization=organization, name=name)
    queue = QueueFactory(organization=organization, name=f"{name} queue", division_id=division.genesys_id)
    return Part(division, queue, failed_on(organization, queue.genesys_id, name))


def failed_on(organization, queue_id: str, name: str) -> Assignment:
    agent = AgentFactory(organization=organization)
    leg = CommunicationFactory(organization=organization, queue_id=queue_id, agent_id=agent.genesys_id)
    failed = AssignmentFactory(
        organization=organization, communication=leg, failed=True, error_message=f"Trouble in {name}"
    )
    AttemptFactory(organization=organization, assignment=failed)
    return failed


@pytest.fixture
def europe(organization) -> Part:
    return part_of(organization, "Europe")


@pytest.fixture
def america(organization) -> Part:
    return part_of(organization, "America")


@pytest.fixture
def nowhere(organization) -> Assignment:
    """What came by no queue, which belongs to no division."""
    return failed_on(organization, "", "nowhere")


def member(organization, *divisions, role: str = "supervisor") -> Membership:
    ids = [division.genesys_id for division in divisions]
    return MembershipFactory(organization=organization, role=role, division_ids=ids)


def signed_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.person, BACKEND)
    return client


def shown(answer: HttpResponseBase) -> str:
    """Return what a page, or a file, holds."""
    return b"".join(answer).decode()


@pytest.fixture
def limited(organization, europe) -> Client:
    """A supervisor of Europe, signed in."""
    return signed_in(member(organization, europe.division))


def test_a_list_shows_what_came_by_the_divisions_queues_and_counts_the_same(limited, europe, america, nowhere):
    html = limited.get(reverse("conversation-list") + "?all").content.decode()

    assert all(mark in html for mark in europe.marks[:1])
    assert not any(mark in html for mark in america.marks)
    assert html.count('id="assignment-') == 1
    assert 'Failed <span class="number">1</span>' in html


def test_somebody_without_the_division_sees_no_row_through_a_shared_link(organization, limited, america, sign_in):
    admin = sign_in("admin")
    admin.post(f"{reverse('view-add')}?queue=America+queue", {"name": "America", "shared": "on"})
    link = reverse("view-open", args=[SavedView.everywhere.get().slug])

    seen, not_seen = (client.get(link, follow=True).content.decode() for client in (admin, limited))

    assert seen.count('id="assignment-') == 1
    assert not_seen.count('id="assignment-') == 0
    assert "Nothing matches" in not_seen


def test_no_page_that_is_open_to_them_shows_anything_of_another_division(limited, europe, america):
    alone = [each for each in urls.urlpatterns if each.name in OPEN and not each.pattern.converters]
    answers = {
        (page.name, fragment): limited.get(reverse(page.name) + "?all", headers={"HX-Request": fragment})
        for page in alone
        for fragment in ("true", "")
    }

    assert len(answers) > 40
    assert not [name for name, answer in answers.items() if any(m in shown(answer) for m in america.marks)]


@pytest.mark.parametrize("name", ["conversation-detail", "assignment-row", "failure-detail"])
def test_what_belongs_to_another_division_is_not_there(name, limited, europe, america, nowhere):
    def status(failed: Assignment) -> int:
        key = failed.communication.conversation_id if name == "conversation-detail" else failed.pk
        return limited.get(reverse(name, args=[key])).status_code

    assert [status(europe.failed), status(america.failed), status(nowhere)] == [200, 404, 404]


@pytest.mark.parametrize("name", ["assignment-retry", "assignment-cancel", "assignment-insist", "assignment-hand-over"])
def test_nobody_changes_what_belongs_to_another_division(name, limited, america):
    response = limited.post(reverse(name, args=[america.failed.pk]), {"reason": "mine now"})

    assert response.status_code == 404
    america.failed.refresh_from_db()
    assert america.failed.status == "failed"


def test_an_id_of_another_division_is_searched_in_vain(limited, europe, america):
    def found(part: Part) -> str:
        return limited.get(reverse("search"), {"q": part.failed.communication.communication_id}).url

    assert found(europe) == reverse("conversation-detail", args=[europe.failed.communication.conversation_id])
    assert "/conversations?" in found(america)
    assert limited.get(found(america)).content.decode().count('id="assignment-') == 0


def test_of_a_conversation_that_went_on_elsewhere_only_the_own_part_is_told(organization, limited, europe, america):
    leg = CommunicationFactory(
        organization=organization,
        conversation=europe.failed.communication.conversation,
        queue_id=america.queue.genesys_id,
    )
    AssignmentFactory(organization=organization, communication=leg, failed=True, error_message="Trouble over there")

    html = limited.get(reverse("conversation-detail", args=[leg.conversation_id])).content.decode()

    assert "1 agent part." in html
    assert "Trouble over there" not in html


def test_of_a_conversation_that_went_on_elsewhere_only_the_own_part_is_tried(organization, limited, europe, america):
    put_in_force(MappingRuleFactory(organization=organization).release)
    agent = AgentFactory(organization=organization, name="Carol of America")
    leg = CommunicationFactory(
        organization=organization,
        conversation=europe.failed.communication.conversation,
        queue_id=america.queue.genesys_id,
        agent_id=agent.genesys_id,
    )
    AssignmentFactory(organization=organization, communication=leg, facts={"ani": "secret of America"})

    html = limited.get(reverse("rule-try"), {"q": leg.conversation.conversation_id}).content.decode()

    assert "Europe queue" in html
    assert not [mark for mark in ("Carol of America", "America queue", "secret of America") if mark in html]


def test_whether_somebody_spoke_of_another_divisions_conversation_is_not_told(organization, limited, america):
    spoken_of = america.failed.communication.conversation.conversation_id
    DispositionFactory(organization=organization, conversation_id=spoken_of)

    answers = [limited.get(reverse("rule-try"), {"q": each}) for each in (spoken_of, str(uuid4()))]

    assert all("not known here" in answer.content.decode() for answer in answers)


def test_of_what_goes_on_somebody_is_shown_and_counted_their_own_files_alone(organization, limited, america):
    mine = ExportFactory(organization=organization, person_id=limited.session["_auth_user_id"])
    theirs = ExportFactory(organization=organization)
    ProbeFactory(organization=organization, conversation_id=america.marks[0], state=Probe.State.RUNNING)
    BackfillFactory(organization=organization, reason="Trouble in America", running=True)

    html = limited.get(reverse("work-list")).content.decode()

    assert reverse("export-detail", args=[mine.pk]) in html
    assert reverse("export-detail", args=[theirs.pk]) not in html
    assert not any(mark in html for mark in america.marks)
    assert '1<span class="visually-hidden"> going on' in html


def test_how_much_was_decided_again_on_all_divisions_is_not_told(organization, limited, sign_in):
    release = put_in_force(MappingRuleFactory(organization=organization).release)
    BulkActFactory(organization=organization, release=release, kind="decide_again", state="done", total=4711, done=4711)

    told, not_told = (
        client.get(reverse("release-detail", args=[release.number])).content.decode()
        for client in (sign_in("admin"), limited)
    )

    assert "4711 of 4711" in told
    assert "4711" not in not_told


def test_news_and_the_count_of_what_waits_are_of_the_divisions(limited, europe, america, nowhere):
    news = limited.get(reverse("conversation-news")).content.decode()
    overview = limited.get(reverse("overview")).content.decode()

    assert "1 new" in news
    assert 'title="1 wait for a person"' in overview


def test_what_rules_did_is_counted_of_the_divisions(organization, limited, europe, america):
    for part, count in ((europe, 3), (america, 40)):
        DecisionTallyFactory(organization=organization, queue_id=part.queue.genesys_id, count=count)

    seen = DecisionTally.objects.of(seen_by(Membership.objects.get(division_ids=[europe.division.genesys_id])))

    assert [tally.count for tally in seen] == [3]


def test_a_name_is_offered_of_ones_own_queues_alone(limited, europe, america):
    html = limited.get(reverse("name-options", args=["queue"]), {"queue": "queue"}).content.decode()

    assert "Europe queue" in html
    assert "America queue" not in html


def test_the_query_bar_suggests_ones_own_queues_alone(limited, europe, america):
    html = limited.get(reverse("query-suggestions"), {"query": "queue:", "caret": "6"}).content.decode()

    assert "Europe queue" in html
    assert "America queue" not in html


def test_a_file_holds_what_the_list_shows(limited, europe, america, nowhere):
    typed = {"format": "csv", "columns": "list"}

    file = b"".join(limited.post(reverse("export-add") + "?all", typed).streaming_content).decode()

    assert europe.marks[0] in file
    assert not any(mark in file for mark in (*america.marks, nowhere.communication.communication_id))


def test_a_program_with_a_key_sees_every_division(organization, europe, america, client):
    key = keys.add_key(
        organization,
        name="CRM",
        scopes=[Scope.READ],
        calls_per_minute=600,
        expires_at=None,
        actor=Actor(member(organization, europe.division).person),
    )

    response = client.get(reverse("api-assignment-list"), headers={"Authorization": f"Bearer {key.secret}"})

    assert len(response.json()["items"]) == 2


@pytest.mark.parametrize("name", sorted(name for name in POLICY if name not in OPEN and POLICY[name] is Right.VIEW))
def test_a_page_about_all_conversations_is_closed_and_says_why(name, limited):
    pattern = next(each.pattern for each in urls.urlpatterns if each.name == name)

    response = limited.get(reverse(name, kwargs={key: ANY_KEY.get(key, 1) for key in pattern.converters}))

    assert response.status_code == 403
    assert "conversations of all divisions" in response.content.decode()


def test_somebody_is_told_whose_conversations_they_see(limited, admin):
    html = limited.get(reverse("account")).content.decode()

    assert "1 division</a>" in html
    assert "by the queues of Europe" in html
    assert "by the queues of" not in admin.get(reverse("account")).content.decode()


def test_areas_that_are_closed_are_not_offered(limited):
    html = limited.get(reverse("overview")).content.decode()

    assert reverse("conversation-list") in html
    assert f'href="{reverse("history-list")}"' not in html
    assert f'href="{reverse("event-list")}"' not in html


def test_a_division_without_queues_shows_nothing_and_no_trouble(organization, america):
    client = signed_in(member(organization, DivisionFactory(organization=organization)))

    for name in ("overview", "conversation-list", "failure-list", "failure-groups"):
        response = client.get(reverse(name))
        assert response.status_code == 200, name
        assert not any(mark in response.content.decode() for mark in america.marks), name


def test_a_queue_that_moves_to_another_division_goes_with_its_conversations(organization, limited, europe, america):
    america.queue.division_id = europe.division.genesys_id
    america.queue.save()

    assert limited.get(reverse("conversation-list") + "?all").content.decode().count('id="assignment-') == 2


def test_seeing_everything_costs_no_query_and_seeing_less_costs_one(organization, europe):
    def queries(client: Client) -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse("conversation-list") + "?all")
        return len(counted)

    everything, less = member(organization), member(organization, europe.division)

    assert queries(signed_in(less)) == queries(signed_in(everything)) + 1
