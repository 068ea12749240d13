"""Sources of events: their secrets, their names, and what happens to those that something came from."""

import pytest

from tests.factories import (
    ApiKeyFactory,
    DispositionFactory,
    EventSourceFactory,
    InboundEventFactory,
    MappingRuleFactory,
    OrganizationFactory,
    PersonFactory,
    ReleaseFactory,
    put_in_force,
)
from wrapups.models import Act, AuditEntry, EventSource, InboundEvent, Organization
from wrapups.services import proving, sources
from wrapups.services.auditing import Actor
from wrapups.services.sources import CannotChange

pytestmark = pytest.mark.django_db
Kind = EventSource.Kind
POSTING = [Kind.WEBHOOK, Kind.TRIGGER, Kind.EVENTBRIDGE]


@pytest.fixture
def organization() -> Organization:
    return OrganizationFactory()


@pytest.fixture
def actor() -> Actor:
    return Actor(PersonFactory(), "192.0.2.1")


def asking_for(organization: Organization, name: str, *, in_force: bool) -> None:
    """Let a rule, somewhere within its conditions, ask for what this source says."""
    condition = {"fact": f"disposition.{name}", "operator": "is", "value": "REF-OK"}
    release = ReleaseFactory(organization=organization)
    MappingRuleFactory(
        organization=organization, release=release, name="Refunds", conditions={"all": [{"any": [condition]}]}
    )
    if in_force:
        put_in_force(release)


# Adding


@pytest.mark.parametrize("kind", POSTING)
def test_a_new_source_has_an_address_and_a_secret_that_only_its_adding_tells(kind, organization, actor):
    added = sources.add(organization, kind=kind, name="CRM", actor=actor)

    stored = EventSource.everywhere.get(pk=added.source.pk)
    assert stored.secrets() == [added.secret]
    assert len(added.secret) >= 43
    assert added.secret not in repr(added)
    assert added.secret not in stored.secret_sealed
    assert (stored.enabled, stored.kind, stored.name) == (True, kind, "CRM")
    assert proving.addressed(stored.key)


def test_a_listener_needs_no_secret_and_has_no_address(organization, actor):
    added = sources.add(organization, kind=Kind.LISTENER, name="Genesys", actor=actor)

    assert (added.secret, added.source.secrets()) == ("", [])
    assert proving.addressed(added.source.key) is None


def test_there_is_one_listener(organization, actor):
    sources.add(organization, kind=Kind.LISTENER, name="Genesys", actor=actor)

    with pytest.raises(CannotChange, match="already"):
        sources.add(organization, kind=Kind.LISTENER, name="Genesys again", actor=actor)


def test_no_two_sources_share_a_name_a_key_or_a_secret(organization, actor):
    one = sources.add(organization, kind=Kind.WEBHOOK, name="CRM", actor=actor)
    other = sources.add(organization, kind=Kind.WEBHOOK, name="Survey", actor=actor)

    assert one.source.key != other.source.key
    assert one.secret != other.secret
    with pytest.raises(CannotChange, match="called CRM already"):
        sources.add(organization, kind=Kind.TRIGGER, name=" CRM ", actor=actor)


def test_a_source_and_a_key_share_no_name(organization, actor):
    ApiKeyFactory(organization=organization, name="CRM")
    survey = sources.add(organization, kind=Kind.WEBHOOK, name="Survey", actor=actor).source

    with pytest.raises(CannotChange, match="API key called CRM"):
        sources.add(organization, kind=Kind.WEBHOOK, name="CRM", actor=actor)
    with pytest.raises(CannotChange, match="API key called CRM"):
        sources.rename(survey, name="CRM", actor=actor)


def test_another_organization_may_use_the_same_name(organization, actor):
    EventSourceFactory(name="CRM")

    assert sources.add(organization, kind=Kind.WEBHOOK, name="CRM", actor=actor).source.name == "CRM"


@pytest.mark.parametrize("name", ["", "   ", "two\nlines", "x" * 65, "hid\u200bden", "turned\u202e", "nul\x00"])
def test_a_name_that_nobody_could_read_or_type_is_refused(name, organization, actor):
    with pytest.raises(CannotChange):
        sources.add(organization, kind=Kind.WEBHOOK, name=name, actor=actor)

    assert not EventSource.everywhere.of(organization).exists()


def test_names_are_kept_in_one_form_of_unicode(organization, actor):
    sources.add(organization, kind=Kind.WEBHOOK, name="Cafe\u0301", actor=actor)

    with pytest.raises(CannotChange):
        sources.add(organization, kind=Kind.WEBHOOK, name="Caf\u00e9", actor=actor)


def test_adding_is_in_the_history_and_the_secret_is_not(organization, actor):
    added = sources.add(organization, kind=Kind.WEBHOOK, name="CRM", actor=actor)

    act = Act.objects.get(organization=organization)
    [entry] = AuditEntry.objects.filter(act=act)
    assert (act.verb, entry.after["name"]) == ("add a source of events", "CRM")
    assert added.secret not in str(entry.after)
    assert "secret_sealed" not in str(entry.after)


# Secrets


def test_after_a_new_secret_both_are_good_until_the_old_one_is_dropped(organization, actor):
    added = sources.add(organization, kind=Kind.WEBHOOK, name="CRM", actor=actor)

    new = sources.rotate(added.source, actor=actor)
    stored = EventSource.everywhere.get(pk=added.source.pk)
    assert stored.secrets() == [new, added.secret]

    sources.drop_old_secret(stored, actor=actor)
    assert EventSource.everywhere.get(pk=stored.pk).secrets() == [new]


def test_a_second_new_secret_waits_until_the_one_before_is_dropped(organization, actor):
    added = sources.add(organization, kind=Kind.WEBHOOK, name="CRM", actor=actor)
    new = sources.rotate(added.source, actor=actor)

    with pytest.raises(CannotChange, match="Drop it first"):
        sources.rotate(added.source, actor=actor)

    assert EventSource.everywhere.get(pk=added.source.pk).secrets() == [new, added.secret]


def test_a_listener_gets_no_secret(organization, actor):
    source = EventSourceFactory(organization=organization, listener=True)

    with pytest.raises(CannotChange, match="OAuth client"):
        sources.rotate(source, actor=actor)


def test_new_secrets_are_in_the_history_without_a_word_of_them(organization, actor):
    source = EventSourceFactory(organization=organization)

    secret = sources.rotate(source, actor=actor)
    sources.drop_old_secret(source, actor=actor)

    verbs = Act.objects.filter(organization=organization).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        "make a new secret for a source of events",
        "drop the old secret of a source of events",
    ]
    assert not any(secret in str((entry.before, entry.after)) for entry in AuditEntry.objects.all())


# Names


def test_a_source_that_nothing_knows_by_name_can_be_renamed(organization, actor):
    source = EventSourceFactory(organization=organization, name="CRM")

    sources.rename(source, name="Salesforce", actor=actor)

    assert EventSource.everywhere.get(pk=source.pk).name == "Salesforce"


@pytest.mark.parametrize("in_force", [True, False], ids=["in force", "draft"])
def test_a_name_that_a_rule_asks_for_stays(in_force, organization, actor):
    source = EventSourceFactory(organization=organization, name="CRM")
    asking_for(organization, "CRM", in_force=in_force)

    with pytest.raises(CannotChange, match="rule Refunds"):
        sources.rename(source, name="Salesforce", actor=actor)


def test_a_name_that_dispositions_have_come_under_stays(organization, actor):
    source = EventSourceFactory(organization=organization, name="CRM")
    DispositionFactory(organization=organization, source="CRM")

    with pytest.raises(CannotChange, match="Dispositions"):
        sources.rename(source, name="Salesforce", actor=actor)


def test_what_others_do_with_a_name_is_no_matter(organization, actor):
    source = EventSourceFactory(organization=organization, name="CRM")
    other = OrganizationFactory()
    DispositionFactory(organization=other, source="CRM")
    asking_for(other, "CRM", in_force=True)
    asking_for(organization, "CRM two", in_force=True)

    sources.rename(source, name="Salesforce", actor=actor)

    assert EventSource.everywhere.get(pk=source.pk).name == "Salesforce"


def test_renaming_to_a_name_that_is_taken_changes_nothing(organization, actor):
    EventSourceFactory(organization=organization, name="Survey")
    source = EventSourceFactory(organization=organization, name="CRM")

    with pytest.raises(CannotChange, match="already"):
        sources.rename(source, name="Survey", actor=actor)

    assert EventSource.everywhere.get(pk=source.pk).name == "CRM"


# Switching off, removing


def test_a_source_is_switched_off_and_on_again(organization, actor):
    source = EventSourceFactory(organization=organization)

    sources.switch(source, enabled=False, actor=actor)
    assert not EventSource.everywhere.get(pk=source.pk).enabled
    sources.switch(source, enabled=True, actor=actor)
    assert EventSource.everywhere.get(pk=source.pk).enabled


def test_a_source_that_nothing_came_from_is_removed(organization, actor):
    source = EventSourceFactory(organization=organization)

    sources.remove(source, actor=actor)

    assert not EventSource.everywhere.of(organization).exists()
    assert Act.objects.filter(organization=organization, verb="remove a source of events").exists()


def test_a_source_that_events_came_from_stays_with_them(organization, actor):
    event = InboundEventFactory(organization=organization)

    with pytest.raises(CannotChange, match="Switch it off instead"):
        sources.remove(event.source, actor=actor)

    assert EventSource.everywhere.filter(pk=event.source.pk).exists()
    assert InboundEvent.everywhere.filter(pk=event.pk).exists()
