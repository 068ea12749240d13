"""What assignments are found by: copies of what is said elsewhere, kept by triggers, and the indexes of the search.

A list of ten million rows cannot join to be narrowed. So each assignment carries its communication's queue, agent and
medium, its rule's identity, the words of all notes about it, what outside systems called it, and what a person had
chosen beside it. Whoever writes any of these, by whatever way, a trigger copies it within the same statement; nothing
else sets these columns.
"""

from collections.abc import Mapping

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from wrapups.domain.conversation import SYSTEM_CODE_PREFIX
from wrapups.domain.status import LIVE, Status

COPIES = ["queue_id", "agent_id", "media_type", "rule_identity", "words", "said", "found_kind", "agreement"]
SETTLED = tuple(status.value for status in Status if status not in LIVE)
"""Rows in these statuses are the many; those under way are few, and are found through `assignment_by_status`."""
MANY = (Status.VERIFIED.value, Status.SKIPPED.value)
"""Nearly all rows come to one of these. The words of the others have an index of their own, a fortieth of the size."""

EVERY = Q()

_COPY = """
    SELECT c.organization_id, c.queue_id, c.agent_id, c.media_type, c.code_notes, v.conversation_id
      INTO leg
      FROM wrapups_communication c JOIN wrapups_conversation v ON v.id = c.conversation_id
     WHERE c.id = NEW.communication_id;
    NEW.queue_id := leg.queue_id;
    NEW.agent_id := leg.agent_id;
    NEW.media_type := leg.media_type;
    IF NEW.corrects_id IS NULL THEN
        NEW.rule_identity := NULL;
    END IF;
    IF NEW.rule_id IS NOT NULL THEN
        SELECT identity INTO NEW.rule_identity FROM wrapups_mappingrule WHERE id = NEW.rule_id;
    END IF;
    SELECT COALESCE(array_agg(DISTINCT name), ARRAY[]::varchar[]) INTO NEW.said
      FROM wrapups_disposition d,
           unnest(ARRAY[d.source || E'\\n', E'\\n' || d.code, d.source || E'\\n' || d.code]) AS name
     WHERE d.organization_id = leg.organization_id AND d.conversation_id = leg.conversation_id;
    -- 'noteends' takes a place between two notes, so that no phrase reaches from one into the next, and is left out.
    -- PostgreSQL refuses what comes to a megabyte of words: the first 20,000 characters are searched.
    SELECT ts_delete(to_tsvector('simple', left(string_agg(note, ' noteends ' ORDER BY place, note), 20000)),
                     'noteends')
      INTO NEW.words
      FROM (SELECT note, min(place) AS place
              FROM (VALUES (NEW.notes::text, 1), (leg.code_notes, 2)
                    UNION ALL
                    SELECT d.notes, 3 FROM wrapups_disposition d
                     WHERE NEW.said <> '{}' AND d.organization_id = leg.organization_id
                       AND d.conversation_id = leg.conversation_id) AS every (note, place)
             WHERE note <> '' GROUP BY note) AS notes;
    RETURN NEW;
"""

_JUDGE = """
    NEW.found_kind := CASE WHEN NEW.found_code_id = '' THEN 'none'
                           WHEN starts_with(NEW.found_code_id, 'PREFIX') THEN 'system' ELSE 'chosen' END;
    IF NEW.wrapup_code_id IS NOT NULL THEN
        SELECT genesys_id INTO wanted FROM wrapups_wrapupcode WHERE id = NEW.wrapup_code_id;
    END IF;
    NEW.agreement := CASE
        WHEN NEW.corrects_id IS NOT NULL THEN 'none'
        WHEN NEW.status = 'overridden' THEN 'other'
        WHEN wanted IS NULL THEN 'none'
        WHEN NEW.found_kind <> 'chosen' THEN 'none'
        WHEN NEW.found_code_id = wanted THEN 'same' ELSE 'other' END;
    IF NEW.corrects_id IS NOT NULL THEN
        -- Of what it corrects, and what that had corrected: the first we wrote, and what a rule chose.
        WITH RECURSIVE replaced (corrects_id, generation, written_at, at_first, rule_id, identity, reason, code_id) AS (
            SELECT corrects_id, generation, written_at, found_kind, rule_id, rule_identity, reason, wrapup_code_id
              FROM wrapups_assignment WHERE id = NEW.corrects_id
            UNION ALL
            SELECT a.corrects_id, a.generation, a.written_at, a.found_kind, a.rule_id, a.rule_identity, a.reason,
                   a.wrapup_code_id
              FROM wrapups_assignment a JOIN replaced ON a.id = replaced.corrects_id
        ), chosen AS (
            SELECT identity, w.genesys_id AS code FROM replaced JOIN wrapups_wrapupcode w ON w.id = code_id
             WHERE rule_id IS NOT NULL AND reason <> 'no_rule'
        )
        SELECT (SELECT at_first FROM replaced WHERE written_at IS NOT NULL ORDER BY generation LIMIT 1) AS at_first,
               (SELECT identity FROM chosen) AS identity, (SELECT code FROM chosen) AS code
          INTO before;
        NEW.found_kind := COALESCE(before.at_first, NEW.found_kind);
        NEW.rule_identity := NULL;
        IF NEW.status NOT IN ('pending', 'sending', 'unknown') THEN
            NEW.rule_identity := before.identity;
            NEW.agreement := CASE
                WHEN before.code IS NULL THEN 'none'
                WHEN NEW.status = 'overridden' THEN 'other'
                WHEN before.code = wanted THEN 'same' ELSE 'other' END;
        END IF;
    END IF;
    RETURN NEW;
"""

# Setting a column that `copied` watches makes it copy; the column itself stays as it is. That the row has changed is
# said, so that its day is counted anew.
_COPY_AGAIN = """
    UPDATE wrapups_assignment SET communication_id = communication_id, updated_at = app_now()
     WHERE communication_id IN (KEYS);
    RETURN NULL;
"""


class Findable(models.Model):
    """The columns that nothing sets but `copied`; on a row that was just made they are empty until it is read again."""

    queue_id = models.CharField(max_length=64, blank=True, db_default="", default="")
    agent_id = models.CharField(max_length=64, blank=True, db_default="", default="")
    media_type = models.CharField(max_length=24, blank=True, db_default="", default="")
    rule_identity = models.UUIDField(null=True)
    words = SearchVectorField(null=True, help_text="Of our notes, the agent's and those of outside systems.")
    said = ArrayField(
        models.CharField(max_length=200),
        default=list,
        db_default=[],
        help_text="Of each disposition: source, code, and both, a line break where one is left out or begins.",
    )

    found_kind = models.CharField(max_length=6, blank=True, db_default="", default="", help_text="Of the code found.")
    agreement = models.CharField(
        max_length=5, blank=True, db_default="", default="", help_text="What a person had chosen, beside what we chose."
    )

    class Meta:
        abstract = True


def said_by(source: str, code: str) -> str:
    """Return the entry of `said` for dispositions of this source, or any, with this code, or any."""
    return f"{source}\n{code}"


def copied() -> pgtrigger.Trigger:
    """Return the trigger that copies into an assignment what it is found by."""
    return pgtrigger.Trigger(
        name="copied",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("communication_id", "rule_id", "notes"),
        declare=[("leg", "record")],
        func=_COPY,
    )


def judged() -> pgtrigger.Trigger:
    """Return the trigger that says of an assignment what it was found with, and whether people agreed.

    Who put another code in place of ours chose another. A correction stands for what it corrects, which is superseded:
    it was found with what that was, is of its rule, and agrees where the person chose that rule's code. As long as it
    waits it is of no rule, so that nobody who pauses a rule keeps back what a person wants.
    `wrapups.services.tallying` counts by these columns.
    """
    return pgtrigger.Trigger(
        name="judged",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("status", "found_code_id", "wrapup_code_id", "corrects_id"),
        declare=[("wanted", "text"), ("before", "record")],
        func=_JUDGE.replace("PREFIX", SYSTEM_CODE_PREFIX),
    )


def copied_again(*, on: pgtrigger.Operation, legs: str, when: pgtrigger.Condition | None = None) -> pgtrigger.Trigger:
    """Return the trigger that lets assignments copy anew: `legs` is SQL for the keys of their communications."""
    return pgtrigger.Trigger(
        name="copied_again",
        when=pgtrigger.After,
        operation=on,
        condition=when,
        func=_COPY_AGAIN.replace("KEYS", legs),
    )


COMMUNICATION_COLUMNS = ("queue_id", "agent_id", "media_type", "code_notes")


def copied_from_communication() -> pgtrigger.Trigger:
    """Return the trigger for what Genesys shows of a communication."""
    changed = pgtrigger.AnyChange(*COMMUNICATION_COLUMNS)
    return copied_again(on=pgtrigger.UpdateOf(*COMMUNICATION_COLUMNS), when=changed, legs="NEW.id")


def copied_from_disposition() -> pgtrigger.Trigger:
    """Return the trigger for what outside systems say, also where it is changed or removed."""
    return copied_again(
        on=pgtrigger.Insert | pgtrigger.UpdateOf("source", "code", "notes") | pgtrigger.Delete,
        legs="""
            SELECT c.id FROM wrapups_communication c JOIN wrapups_conversation v ON v.id = c.conversation_id
             WHERE v.organization_id = COALESCE(NEW.organization_id, OLD.organization_id)
               AND v.conversation_id = COALESCE(NEW.conversation_id, OLD.conversation_id)
        """,
    )


def search_indexes() -> list[models.Index]:
    """Return the indexes that the search of assignments is done by, but for those by end and by status alone.

    Each begins with one thing that is asked for and the status and goes on in the order of a list, so that a list is
    read from its beginning and the rows of one status are counted without those of another. They hold settled rows
    only: a row comes in once, not with each step of its way there.
    """
    facets: Mapping[str, tuple[list[str], list[str]]] = {
        "queue": (["queue_id"], ["media_type", "found_kind", "agreement"]),
        "agent": (["agent_id"], ["queue_id", "media_type"]),
        "media": (["media_type"], []),
        "code": (["wrapup_code"], ["media_type", "agreement"]),
        "rule": (["rule_identity"], ["agreement", "reason"]),
        "release": (["release"], []),
        "found": (["found_kind"], []),
        "agreement": (["agreement"], []),
        "queue_and_code": (["queue_id", "wrapup_code"], ["media_type"]),
    }
    return [
        *(_facet(f"search_by_{name}", columns, beside) for name, (columns, beside) in facets.items()),
        _facet("search_by_reason", ["reason"], [], condition=~Q(reason="")),
        models.Index(
            fields=["organization", "error_code", "status", "-ended_at", "-id"],
            condition=~Q(error_code=""),
            name="search_by_error",
        ),
        models.Index(fields=["organization", "status", "-updated_at", "-id"], name="search_changed"),
        models.Index(
            fields=["organization", "-ended_at", "-id"], include=["status", "found_kind"], name="search_newest"
        ),
        *_inverted("words", condition=Q(words__isnull=False)),
        *_inverted("said"),
    ]


def _facet(name: str, columns: list[str], beside: list[str], *, condition: Q = EVERY) -> models.Index:
    """What is `beside` is read with the index alone, too, where it narrows further."""
    fields = ["organization", *columns, "status", "-ended_at", "-id"]
    return models.Index(fields=fields, include=beside, condition=Q(status__in=SETTLED) & condition, name=name)


def _inverted(column: str, *, condition: Q = EVERY) -> list[models.Index]:
    few = [status for status in SETTLED if status not in MANY]
    return [
        GinIndex(
            fields=[column], condition=Q(status__in=MANY) & condition, fastupdate=False, name=f"search_by_{column}"
        ),
        GinIndex(
            fields=[column], condition=Q(status__in=few) & condition, fastupdate=False, name=f"search_{column}_few"
        ),
    ]
