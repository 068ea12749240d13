"""Who may open which page. The table below is the review: a changed permission changes a line here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse
from pytest_django import DjangoDbBlocker

from dashboard import urls
from dashboard.policy import POLICY
from tests.factories import (
    AddedCodeFactory,
    AlertChannelFactory,
    ApiKeyFactory,
    AssignmentFactory,
    BackfillFactory,
    BulkActFactory,
    DispositionSeenFactory,
    DriftNoticeFactory,
    ErasureFactory,
    EventSourceFactory,
    ExportFactory,
    InboundEventFactory,
    MappingRuleFactory,
    MembershipFactory,
    NoticeFactory,
    OrganizationFactory,
    PersonFactory,
    ProbeFactory,
    QueueFactory,
    ReleaseFactory,
    RuleCaseFactory,
    SavedViewFactory,
    SweepFactory,
    UploadFactory,
    put_in_force,
)
from tests.services.past import asked
from tests.web.conftest import BACKEND
from wrapups.domain.roles import Role
from wrapups.models import BulkAct, FailureGroup, Organization, Person, Release, RuleImport, WhatIfChange

pytestmark = pytest.mark.django_db
PEOPLE = ("anonymous", "admin", "supervisor", "ops", "stranger")

# 200 a page, 302 sent on (to sign in, or to what was done), 400 what this test's empty forms deserve, 403 refused.
# A stranger has signed in and has no role anywhere. A door wants a body with its length from anybody.
EXPECTED = """
                           anonymous  admin  supervisor  ops  stranger
GET  healthz                     200    200         200  200       200
GET  readyz                      200    200         200  200       200
GET  metrics                     404    404         404  404       404
GET  sign-in                     200    302         302  302       302
POST sign-in                     200    302         302  302       302
POST sign-out                    302    302         302  302       302
GET  help                        302    200         200  200       403
GET  account                     302    200         200  200       200
POST account                     302    302         302  302       302
GET  change-password             302    200         200  200       200
POST change-password             302    200         200  200       200
POST choose-organization         302    400         400  400       400
POST choose-theme                400    400         400  400       400
POST choose-columns              302    302         302  302       403
GET  overview                    302    200         200  200       403
GET  search                      302    302         302  302       403
GET  query-suggestions           302    200         200  200       403
POST hold                        302    200         403  200       403
POST resume                      302    302         403  302       403
GET  control-room                302    200         200  200       403
GET  part-hold                   302    200         403  200       403
POST part-hold                   302    200         403  200       403
POST part-resume                 302    404         403  404       403
GET  conversation-list           302    200         200  200       403
GET  conversation-news           302    200         200  200       403
GET  conversation-detail         302    200         200  200       403
GET  assignment-row              302    200         200  200       403
GET  assignment-correct          302    200         200  200       403
POST assignment-correct          302    200         200  200       403
GET  report                      302    200         200  200       403
POST report-file                 302    200         200  200       403
POST report-count                302    302         302  302       403
GET  report-mail-list            302    200         200  200       403
GET  report-mail-add             302    200         200  200       403
POST report-mail-add             302    200         200  200       403
POST report-mail-stop            302    404         404  404       403
POST report-mail-again           302    404         404  404       403
GET  report-mail-unsubscribe     404    404         404  404       404
GET  name-options                302    200         200  200       403
GET  view-list                   302    200         200  200       403
GET  view-add                    302    200         200  200       403
POST view-add                    302    200         200  200       403
POST view-default                302    302         302  302       403
GET  view-open                   302    302         302  302       403
GET  view-change                 302    200         403  403       403
POST view-change                 302    200         403  403       403
POST view-search                 302    302         403  403       403
GET  view-remove                 302    200         403  403       403
POST view-remove                 302    302         403  403       403
POST assignment-retry            302    302         302  302       403
POST assignment-cancel           302    302         302  302       403
GET  assignment-hand-over        302    200         200  200       403
POST assignment-hand-over        302    200         200  200       403
POST assignment-insist           302    302         302  403       403
GET  bulk-act-list               302    200         200  200       403
POST bulk-act-add                302    302         302  302       403
GET  bulk-act                    302    200         200  200       403
GET  bulk-act-rows               302    200         200  200       403
POST bulk-act-confirm            302    200         200  200       403
POST bulk-act-cancel             302    302         302  302       403
GET  export-list                 302    200         200  403       403
GET  export-add                  302    200         200  403       403
POST export-add                  302    200         200  403       403
GET  export-detail               302    200         200  200       403
POST export-file                 302    404         404  403       403
POST export-cancel               302    404         404  403       403
GET  rule-list                   302    200         200  200       403
GET  rule-add                    302    200         403  403       403
POST rule-add                    302    200         403  403       403
POST rule-preview                302    200         403  403       403
GET  rule-change                 302    200         403  403       403
POST rule-change                 302    200         403  403       403
POST rule-remove                 302    302         403  403       403
POST rule-move                   302    302         403  403       403
POST rule-duplicate              302    302         403  403       403
POST rule-mend                   302    302         403  403       403
POST rules-change                302    302         403  403       403
GET  release-list                302    200         200  200       403
GET  release-detail              302    200         200  200       403
POST draft-open                  302    302         403  403       403
GET  release-publish             302    200         403  403       403
POST release-publish             302    200         403  403       403
POST release-discard             302    302         403  403       403
GET  work-list                   302    200         200  200       403
GET  rule-checks                 302    200         200  200       403
GET  rule-move-check             302    200         403  403       403
GET  rule-try                    302    200         200  200       403
GET  case-list                   302    200         200  200       403
GET  case-add                    302    200         403  403       403
GET  case-change                 302    200         403  403       403
GET  mapping-table               302    200         200  200       403
POST rule-export                 302    200         200  200       403
GET  rule-import-add             302    200         403  403       403
GET  rule-import-detail          302    200         403  403       403
GET  rule-use                    302    200         200  200       403
GET  disposition-list            302    200         200  200       403
GET  coverage                    302    200         200  200       403
GET  coverage-cell               302    200         200  200       403
GET  release-compare             302    200         200  200       403
GET  release-restore             302    200         403  403       403
GET  put-back-add                302    200         403  403       403
GET  put-back                    302    200         200  200       403
GET  put-back-rows               302    200         200  200       403
GET  decide-again                302    200         200  200       403
GET  decide-again-rows           302    200         200  200       403
POST decide-again-cancel         302    302         403  403       403
POST rule-checks-typed           302    200         403  403       403
POST rule-try                    302    200         200  200       403
POST rule-try-typed              302    200         403  403       403
POST case-add                    302    200         403  403       403
POST case-change                 302    200         403  403       403
POST case-remove                 302    302         403  403       403
POST mapping-table-paste         302    200         403  403       403
POST mapping-table-save          302    200         403  403       403
POST rule-import-add             302    200         403  403       403
POST rule-import-take-in         302    200         403  403       403
POST rule-import-cancel          302    302         403  403       403
POST disposition-set-aside       302    200         403  403       403
POST disposition-take-back       302    302         403  403       403
POST release-propose             302    200         403  403       403
POST release-approve             302    200         403  403       403
POST release-withdraw            302    200         403  403       403
POST release-reschedule          302    200         403  403       403
POST release-rebase              302    302         403  403       403
POST release-widen               302    200         403  403       403
POST release-restore             302    200         403  403       403
POST release-draft               302    200         403  403       403
POST put-back-add                302    200         403  403       403
POST put-back-confirm            302    200         403  403       403
POST put-back-cancel             302    302         403  403       403
GET  failure-list                302    200         200  200       403
GET  failure-detail              302    200         200  200       403
POST failure-mend-rule           302    404         403  403       403
POST assignment-look-again       302    302         302  302       403
GET  known-failures              302    200         200  200       403
GET  failure-groups              302    200         200  200       403
GET  failure-group               302    200         200  200       403
POST failure-group-triage        302    200         200  200       403
POST event                       411    411         411  411       411
GET  event-list                  302    200         200  200       403
GET  event-detail                302    200         200  200       403
POST event-mend                  302    200         403  200       403
POST event-replay                302    302         403  302       403
POST event-dismiss               302    302         403  302       403
POST event-replay-group          302    400         403  400       403
POST event-dismiss-group         302    400         403  400       403
GET  upload-list                 302    200         200  200       403
GET  upload-add                  302    200         403  200       403
POST upload-add                  302    200         403  200       403
GET  upload-mapping              302    200         403  200       403
POST upload-mapping              302    200         403  200       403
GET  upload-detail               302    200         200  200       403
POST upload-take-in              302    200         403  200       403
POST upload-cancel               302    302         403  302       403
POST upload-result               302    200         200  403       403
GET  history-list                302    200         200  200       403
POST history-file                302    200         200  403       403
POST history-changes-file        302    200         200  403       403
GET  history-changes             302    200         200  200       403
GET  catalogue-queues            302    200         200  200       403
GET  catalogue-queue             302    200         200  200       403
GET  added-code-add              302    404         403  403       403
POST added-code-add              302    404         403  403       403
GET  added-code                  302    200         403  403       403
GET  catalogue-codes             302    200         200  200       403
GET  catalogue-agents            302    200         200  200       403
GET  catalogue-divisions         302    200         200  200       403
GET  catalogue-code              302    200         200  200       403
GET  catalogue-reading           302    200         200  200       403
POST catalogue-read              302    302         302  302       403
GET  catalogue-drift             302    200         200  200       403
POST catalogue-drift-dismiss     302    200         403  403       403
GET  organization                302    200         200  200       403
POST organization-check          302    200         403  403       403
GET  organization-client         302    200         403  403       403
POST organization-client         302    200         403  403       403
GET  organization-policies       302    200         200  200       403
POST organization-policies-change 302   200         403  403       403
GET  organization-retention      302    200         200  200       403
POST organization-retention-change 302  200         403  403       403
GET  erasure-list                302    200         403  403       403
GET  erasure-add                 302    200         403  403       403
POST erasure-add                 302    200         403  403       403
GET  erasure-detail              302    200         403  403       403
POST erasure-confirm             302    200         403  403       403
POST erasure-cancel              302    302         403  403       403
POST erasure-go-on               302    200         403  403       403
GET  probe-list                  302    200         200  200       403
GET  probe-add                   302    200         403  403       403
POST probe-add                   302    200         403  403       403
GET  probe-detail                302    200         200  200       403
POST probe-confirm               302    200         403  403       403
POST probe-cancel                302    302         403  403       403
GET  backfill-list               302    200         200  200       403
GET  backfill-add                302    200         403  403       403
POST backfill-add                302    200         403  403       403
GET  backfill-detail             302    200         200  200       403
POST backfill-confirm            302    302         403  403       403
POST backfill-cancel             302    302         403  403       403
POST backfill-anew               302    302         403  403       403
GET  what-if-list                302    200         200  200       403
GET  what-if-add                 302    200         403  403       403
POST what-if-add                 302    200         403  403       403
GET  what-if-detail              302    200         200  200       403
POST what-if-cancel              302    302         403  403       403
POST what-if-file                302    200         200  403       403
GET  what-if-changes             302    200         200  200       403
GET  what-if-change              302    200         200  200       403
GET  organization-add            302    200         403  403       403
POST organization-add            302    200         403  403       403
GET  organization-add-check      302    200         403  403       403
GET  organization-add-correct    302    200         403  403       403
POST organization-add-correct    302    200         403  403       403
GET  organization-add-policies   302    200         403  403       403
POST organization-add-policies   302    200         403  403       403
GET  source-list                 302    200         200  200       403
GET  source-add                  302    200         403  403       403
POST source-add                  302    200         403  403       403
GET  source-detail               302    200         200  200       403
GET  source-rename               302    200         403  403       403
POST source-rename               302    200         403  403       403
POST source-secret               302    200         403  403       403
POST source-secret-drop          302    302         403  403       403
POST source-switch               302    302         403  403       403
POST source-remove               302    302         403  403       403
GET  alert-list                  302    200         200  200       403
GET  alert-event-list            302    200         200  200       403
GET  alert-channel-add           302    200         403  403       403
POST alert-channel-add           302    200         403  403       403
GET  alert-channel-detail        302    200         200  200       403
GET  alert-channel-change        302    200         403  403       403
POST alert-channel-change        302    200         403  403       403
POST alert-channel-test          302    302         403  403       403
POST alert-channel-mute          302    200         403  403       403
POST alert-channel-unmute        302    302         403  403       403
GET  alert-channel-remove        302    200         403  403       403
POST alert-channel-remove        302    302         403  403       403
GET  alert-rule-change           302    200         403  403       403
POST alert-rule-change           302    302         403  403       403
GET  subscription-list           302    200         200  200       403
GET  subscription-add            302    200         403  403       403
POST subscription-add            302    200         403  403       403
GET  subscription-detail         302    200         200  200       403
GET  subscription-change         302    200         403  403       403
POST subscription-change         302    200         403  403       403
GET  subscription-secret         302    200         403  403       403
POST subscription-secret         302    200         403  403       403
POST subscription-secret-drop    302    302         403  403       403
POST subscription-pause          302    302         403  403       403
POST subscription-resume         302    302         403  403       403
GET  subscription-remove         302    200         403  403       403
POST subscription-remove         302    302         403  403       403
POST subscription-test           302    302         403  403       403
POST subscription-tell-again     302    302         403  403       403
GET  notice-detail               302    200         200  200       403
POST notice-tell-again           302    302         403  403       403
GET  member-list                 302    200         200  200       403
GET  member-add                  302    200         403  403       403
POST member-add                  302    200         403  403       403
GET  member-change               302    200         403  403       403
POST member-change               302    200         403  403       403
GET  member-password             302    200         403  403       403
POST member-password             302    200         403  403       403
GET  member-remove               302    200         403  403       403
POST member-remove               302    302         403  403       403
GET  key-list                    302    200         200  200       403
GET  key-add                     302    200         403  403       403
POST key-add                     302    200         403  403       403
GET  key-revoke                  302    200         403  403       403
POST key-revoke                  302    302         403  403       403
GET  api-openapi                 200    200         200  200       200
GET  api-docs                    200    200         200  200       200
POST api-disposition-add         401    401         401  401       401
POST api-disposition-batch       401    401         401  401       401
GET  api-disposition             401    401         401  401       401
GET  api-assignment-list         401    401         401  401       401
POST api-assignment-retry-all    401    401         401  401       401
GET  api-assignment              401    401         401  401       401
POST api-assignment-retry        401    401         401  401       401
GET  api-conversation            401    401         401  401       401
GET  api-release-list            401    401         401  401       401
GET  api-release                 401    401         401  401       401
POST api-evaluate                401    401         401  401       401
GET  api-rules                   401    401         401  401       401
POST api-rules-import            401    401         401  401       401
GET  api-unknown                 404    404         404  404       404
POST api-unknown                 404    404         404  404       404
"""
LINES = [line.split() for line in EXPECTED.strip().splitlines()[1:]]
MATRIX = [(method, name, dict(zip(PEOPLE, map(int, codes), strict=True))) for method, name, *codes in LINES]
API = {name for name in POLICY if name.startswith("api-")} - {"api-openapi", "api-docs"}
DOORS = {"event", "report-mail-unsubscribe", *API}
"""Where programs post that prove themselves, and that have no cookie which somebody else could misuse."""
OF_OBJECTS = {
    "export-detail",
    "erasure-detail",
    "event-detail",
    "upload-detail",
    "upload-mapping",
    "conversation-detail",
    "view-open",
    "view-change",
    "view-remove",
    "assignment-row",
    "rule-change",
    "release-detail",
    "failure-detail",
    "catalogue-queue",
    "catalogue-code",
    "added-code",
    "probe-detail",
    "backfill-detail",
    "what-if-detail",
    "what-if-changes",
    "what-if-change",
    "case-change",
    "rule-move-check",
    "rule-import-detail",
    "rule-use",
    "release-restore",
    "bulk-act",
    "bulk-act-rows",
    "put-back-add",
    "put-back",
    "put-back-rows",
    "decide-again",
    "decide-again-rows",
    "source-detail",
    "source-rename",
    "alert-channel-detail",
    "alert-channel-change",
    "alert-channel-remove",
    "subscription-detail",
    "subscription-change",
    "subscription-secret",
    "subscription-remove",
    "notice-detail",
    "key-revoke",
    "member-change",
    "member-password",
    "member-remove",
}

QUERIES = {"coverage-cell": "?source=CRM&disposition=RES-017"}


@dataclass
class Site:
    """One organization with one thing of each kind, and the address of every page about them."""

    organization: Organization
    arguments: dict[str, tuple[Any, ...]]

    def address(self, name: str) -> str:
        return reverse(name, args=self.arguments.get(name, ())) + QUERIES.get(name, "")


def site_of(organization: Organization) -> Site:
    rule_in_force = MappingRuleFactory(organization=organization)
    put_in_force(rule_in_force.release)
    draft = ReleaseFactory(organization=organization)
    rule = MappingRuleFactory(organization=organization, release=draft)
    failure = AssignmentFactory(organization=organization, failed=True)
    group = FailureGroup.objects.of(organization).get()
    SweepFactory(organization=organization)
    conversation = failure.communication.conversation
    probe = ProbeFactory(organization=organization)
    backfill = BackfillFactory(organization=organization, release=rule_in_force.release, ready=True)
    event = InboundEventFactory(organization=organization, apart=True)
    upload = UploadFactory(organization=organization)
    notice = NoticeFactory(organization=organization, given_up=True)
    what_if = asked(organization)
    retired = ReleaseFactory(organization=organization, state=Release.State.RETIRED)
    kept = RuleImport.everywhere.create(organization=organization, person=PersonFactory(), filename="rules.csv")
    change = WhatIfChange.everywhere.create(
        organization=organization, what_if=what_if, assignment=failure, kind=WhatIfChange.Kind.OTHER
    )
    by_key = {
        "conversation-detail": conversation.pk,
        "assignment-row": failure.pk,
        "assignment-retry": failure.pk,
        "assignment-cancel": failure.pk,
        "assignment-hand-over": failure.pk,
        "assignment-insist": failure.pk,
        "assignment-correct": failure.pk,
        **dict.fromkeys(("report", "report-file", "report-mail-add"), "codes"),
        **dict.fromkeys(("report-mail-stop", "report-mail-again"), 0),  # each is its person's alone
        "report-mail-unsubscribe": "of-nobody",
        "failure-detail": failure.pk,
        "failure-mend-rule": failure.pk,
        "assignment-look-again": failure.pk,
        "failure-group": group.pk,
        "failure-group-triage": group.pk,
        "backfill-detail": backfill.pk,
        "backfill-confirm": backfill.pk,
        "backfill-cancel": backfill.pk,
        "backfill-anew": backfill.pk,
        **dict.fromkeys(("what-if-detail", "what-if-cancel", "what-if-file", "what-if-changes"), what_if.pk),
        "rule-change": rule.pk,
        "rule-remove": rule.pk,
        "rule-move": rule.pk,
        "rule-duplicate": rule.pk,
        "rule-mend": rule.pk,
        "rule-move-check": rule.pk,
        "rule-use": rule_in_force.identity,
        **dict.fromkeys(("case-change", "case-remove"), RuleCaseFactory(organization=organization).pk),
        **dict.fromkeys(("rule-import-detail", "rule-import-take-in", "rule-import-cancel"), kept.pk),
        **dict.fromkeys(
            ("disposition-set-aside", "disposition-take-back"), DispositionSeenFactory(organization=organization).pk
        ),
        "release-detail": draft.number,
        **dict.fromkeys(("release-widen", "release-restore", "release-draft", "put-back-add"), retired.number),
        **dict.fromkeys(
            ("put-back", "put-back-rows", "put-back-confirm", "put-back-cancel"),
            BulkActFactory(organization=organization, release=retired).pk,
        ),
        **dict.fromkeys(
            ("decide-again", "decide-again-rows", "decide-again-cancel"),
            BulkActFactory(organization=organization, release=retired, kind=BulkAct.Kind.DECIDE_AGAIN).pk,
        ),
        **dict.fromkeys(
            ("bulk-act", "bulk-act-rows", "bulk-act-confirm", "bulk-act-cancel"),
            BulkActFactory(
                organization=organization, release=None, kind=BulkAct.Kind.RETRY, state=BulkAct.State.READY
            ).pk,
        ),
        "catalogue-queue": QueueFactory(organization=organization).pk,
        "catalogue-code": rule.wrapup_code_id,
        "added-code": AddedCodeFactory(organization=organization).pk,
        "catalogue-drift-dismiss": DriftNoticeFactory(organization=organization, wrapup_code=rule.wrapup_code).pk,
        "name-options": "queue",
        **dict.fromkeys(
            ("view-open", "view-change", "view-search", "view-remove"),
            SavedViewFactory(organization=organization, shared=True).slug,
        ),
        **dict.fromkeys(("export-detail", "export-file", "export-cancel"), ExportFactory(organization=organization).pk),
        **dict.fromkeys(
            ("erasure-detail", "erasure-confirm", "erasure-cancel", "erasure-go-on"),
            ErasureFactory(organization=organization).pk,
        ),
        "event": "of-nobody",
        "event-detail": event.pk,
        **dict.fromkeys(
            ("upload-detail", "upload-mapping", "upload-take-in", "upload-cancel", "upload-result"), upload.pk
        ),
        "event-mend": event.pk,
        "event-replay": event.pk,
        "event-dismiss": event.pk,
        "probe-detail": probe.pk,
        "probe-confirm": probe.pk,
        "probe-cancel": probe.pk,
        **dict.fromkeys(
            (
                "source-detail",
                "source-rename",
                "source-secret",
                "source-secret-drop",
                "source-switch",
                "source-remove",
            ),
            EventSourceFactory(organization=organization).pk,
        ),
        **dict.fromkeys(
            (
                "subscription-detail",
                "subscription-change",
                "subscription-secret",
                "subscription-secret-drop",
                "subscription-pause",
                "subscription-resume",
                "subscription-remove",
                "subscription-test",
                "subscription-tell-again",
            ),
            notice.subscription.pk,
        ),
        **dict.fromkeys(
            (
                "alert-channel-detail",
                "alert-channel-change",
                "alert-channel-test",
                "alert-channel-mute",
                "alert-channel-unmute",
                "alert-channel-remove",
            ),
            AlertChannelFactory(organization=organization).pk,
        ),
        "alert-channel-add": "slack",
        "alert-rule-change": "held",
        "notice-detail": notice.pk,
        "notice-tell-again": notice.pk,
        "key-revoke": ApiKeyFactory(organization=organization).pk,
        **dict.fromkeys(
            ("member-change", "member-password", "member-remove"), MembershipFactory(organization=organization).pk
        ),
        "api-disposition": 1,
        "api-assignment": failure.pk,
        "api-assignment-retry": failure.pk,
        "api-conversation": conversation.conversation_id,
        "api-release": draft.number,
        "api-unknown": "nothing/here",
    }
    arguments: dict[str, tuple[Any, ...]] = {name: (key,) for name, key in by_key.items()}
    return Site(organization, arguments | {"what-if-change": (what_if.pk, change.pk)})


@pytest.fixture(scope="module")
def everything(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """One of everything there is an address for, made once: each test undoes what it does to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield site_of(OrganizationFactory())
        transaction.set_rollback(True)


@pytest.fixture
def site(everything: Site, db: None) -> Site:
    return everything


@pytest.fixture
def organization(everything: Site) -> Organization:
    return everything.organization


@pytest.fixture(scope="module")
def sessions(everything: Site) -> dict[str, str]:
    """Return the session of each of the people, and of an admin of another organization."""
    people: dict[str, Person] = {"stranger": PersonFactory(), "outsider": MembershipFactory(role=Role.ADMIN).person}
    for role in Role:
        people[role] = MembershipFactory(organization=everything.organization, role=role).person
    return {who: session_of(person) for who, person in people.items()}


def session_of(person: Person) -> str:
    client = Client()
    client.force_login(person, BACKEND)
    return client.cookies[configured.SESSION_COOKIE_NAME].value


@pytest.fixture(scope="module")
def person(sessions: dict[str, str]) -> Callable[..., Client]:
    """Return a browser of one of the people; what they did with others is not in it."""

    def called(who: str, **options: Any) -> Client:
        client = Client(**options)
        if who in sessions:
            client.cookies[configured.SESSION_COOKIE_NAME] = sessions[who]
        return client

    return called


@dataclass(frozen=True)
class Answered:
    """What one of the people got at an address, and what that wrote."""

    status: int
    policy: str
    framed: str
    written: list[str]


Answers = dict[str, Answered]


@pytest.fixture(scope="module")
def answers(everything: Site, person: Callable[..., Client]) -> Callable[[str, str], Answers]:
    """Let everybody ask for an address once, for all tests that look at what they got."""

    def answered(who: str, method: str, name: str) -> Answered:
        client = person(who)
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            response = client.generic(method, everything.address(name))
            transaction.set_rollback(True)
        policy, framed = response["Content-Security-Policy"], response["X-Frame-Options"]
        return Answered(response.status_code, policy, framed, writes(queries))

    return cache(lambda method, name: {who: answered(who, method, name) for who in PEOPLE})


def test_every_address_has_a_line_in_the_policy_and_every_line_an_address():
    named = {pattern.name for pattern in urls.urlpatterns}

    assert named == set(POLICY)


def test_the_table_of_this_test_covers_every_address():
    assert {name for _, name, _ in MATRIX} == set(POLICY)


@pytest.mark.parametrize(("method", "name", "expected"), MATRIX, ids=[f"{m} {n}" for m, n, _ in MATRIX])
def test_each_person_gets_what_the_table_says(method, name, expected, answers):
    found = {who: answer.status for who, answer in answers(method, name).items()}

    assert found == expected


def test_nothing_but_the_doors_goes_without_a_forms_token():
    exempt = {pattern.name for pattern in urls.urlpatterns if getattr(pattern.callback, "csrf_exempt", False)}

    assert exempt == DOORS


@pytest.mark.parametrize("name", sorted({name for method, name, _ in MATRIX if method == "POST"} - DOORS))
def test_a_form_without_its_token_changes_nothing(name, site, person):
    client = person("admin", enforce_csrf_checks=True)

    with CaptureQueriesContext(connection) as queries:
        response = client.post(site.address(name))

    assert response.status_code == 403
    assert not writes(queries)


@pytest.mark.parametrize("name", sorted({name for method, name, _ in MATRIX if method == "GET"}))
def test_a_page_that_is_only_looked_at_writes_nothing(name, answers):
    written = {who: answer.written for who, answer in answers("GET", name).items() if answer.written}

    assert written == {}


@pytest.mark.parametrize("name", OF_OBJECTS)
def test_what_belongs_to_another_organization_is_not_there(name, person, site):
    outsider = person("outsider")

    assert outsider.get(site.address(name)).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "assignment-retry",
        "assignment-cancel",
        "assignment-insist",
        "view-search",
        "view-remove",
        "event-mend",
        "event-replay",
        "event-dismiss",
        "upload-take-in",
        "upload-cancel",
        "upload-result",
        "what-if-file",
        "rule-remove",
        "rule-move",
        "rule-duplicate",
        "rule-mend",
        "case-remove",
        "rule-import-take-in",
        "rule-import-cancel",
        "disposition-set-aside",
        "disposition-take-back",
        "release-widen",
        "release-restore",
        "release-draft",
        "put-back-confirm",
        "put-back-cancel",
        "decide-again-cancel",
        "probe-confirm",
        "probe-cancel",
        "key-revoke",
        "member-change",
        "member-password",
        "member-remove",
    ],
)
def test_nobody_can_change_what_belongs_to_another_organization(name, person, site):
    outsider = person("outsider")

    with CaptureQueriesContext(connection) as queries:
        response = outsider.post(site.address(name), {"reason": "mine now", "line": "1"})

    assert response.status_code == 404
    assert not writes(queries)


@pytest.mark.parametrize(("method", "name", "expected"), MATRIX, ids=[f"{m} {n}" for m, n, _ in MATRIX])
def test_every_answer_forbids_inline_script_and_style(method, name, expected, answers):
    for answer in answers(method, name).values():
        assert "default-src 'none'" in answer.policy
        assert "script-src 'self'" in answer.policy
        assert "unsafe" not in answer.policy
        assert answer.framed == "DENY"


def writes(queries: CaptureQueriesContext) -> list[str]:
    return [each["sql"] for each in queries if each["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]


def forgotten(request: HttpRequest) -> HttpResponse:
    raise AssertionError("This view must not run.")


urlpatterns = [path("forgotten", forgotten, name="forgotten"), path("sign-in", forgotten, name="sign-in")]


def test_a_page_that_nobody_entered_in_the_policy_is_refused_to_an_admin(admin, settings):
    settings.ROOT_URLCONF = __name__

    response = admin.get("/forgotten")

    assert response.status_code == 403


def test_a_fragment_asked_for_after_the_session_ended_leads_to_the_sign_in_page_and_back(client, db):
    response = client.get(
        reverse("conversation-list"),
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/conversations?status=failed"},
    )

    assert response["HX-Redirect"] == "/sign-in?next=/conversations%3Fstatus%3Dfailed"


def test_somebody_without_a_role_is_told_whom_to_ask(person):
    response = person("stranger").get(reverse("overview"))

    assert "Ask an admin" in response.content.decode()


def test_somebody_with_too_small_a_role_is_told_which_one_it_needs(person):
    response = person("supervisor").post(reverse("hold"))

    assert "admin or ops" in response.content.decode()
