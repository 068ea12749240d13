"""`manage.py calls`: pause and resume calls where no page can be reached, or in all organizations at once."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from wrapups.domain.roles import Right, rights_of
from wrapups.domain.status import Lane
from wrapups.models import MappingRule, Membership, Organization, Release
from wrapups.services import pausing
from wrapups.services.auditing import Actor

COMMAND_LINE = "command line"


class Command(BaseCommand):
    help = (
        "Pause or resume all calls, or what a lane or a rule would send, of one organization or of every one. "
        "It is done in all of them or in none."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        for name, words in (("pause", "begin nothing more; say why"), ("resume", "go on")):
            act = acts.add_parser(name, help=words)
            which = act.add_mutually_exclusive_group(required=True)
            which.add_argument("--organization", metavar="SLUG")
            which.add_argument("--everything", action="store_true", help="every organization of this installation")
            part = act.add_mutually_exclusive_group()
            part.add_argument("--lane", choices=[lane.value for lane in Lane], help="only this lane")
            part.add_argument("--rule", metavar="NAME", help="only what this rule of the release in force decides")
            act.add_argument("--as", dest="person", required=True, help="the user name of whoever does it")
            if name == "pause":
                act.add_argument("--reason", required=True, help="everybody sees it above every page")

    def handle(
        self, *, act: str, organization: str | None, lane: str | None, rule: str | None, person: str, **options: Any
    ) -> None:
        found = _organizations(organization)
        actors = [_actor(each, person) for each in found]
        try:
            with transaction.atomic():
                for each, actor in zip(found, actors, strict=True):
                    if act == "pause":
                        _pause(each, lane, rule, actor, options["reason"])
                    else:
                        _resume(each, lane, rule, actor)
        except ValueError as error:
            raise CommandError(str(error)) from error
        done = "Paused" if act == "pause" else "Resumed"
        self.stdout.write(f"{done} in {', '.join(each.slug for each in found)}.")


def _pause(organization: Organization, lane: str | None, rule: str | None, actor: Actor, reason: str) -> None:
    if lane:
        pausing.hold_lane(organization, Lane(lane), actor=actor, reason=reason)
    elif rule:
        pausing.hold_rule(organization, _rule(organization, rule).identity, actor=actor, reason=reason)
    else:
        pausing.hold(organization, actor=actor, reason=reason)


def _resume(organization: Organization, lane: str | None, rule: str | None, actor: Actor) -> None:
    if lane:
        pausing.resume_lane(organization, Lane(lane), actor=actor)
    elif rule:
        pausing.resume_rule(organization, _rule(organization, rule).identity, actor=actor)
    else:
        pausing.resume(organization, actor=actor)


def _organizations(slug: str | None) -> Sequence[Organization]:
    rows = Organization.objects.order_by("pk")
    found = list(rows.filter(slug=slug) if slug else rows)
    if not found:
        raise CommandError(f"There is no organization {slug!r}." if slug else "There is no organization yet.")
    return found


def _rule(organization: Organization, name: str) -> MappingRule:
    """Return the rule of that name in the release in force. Raises ValueError where there is none, or several."""
    rules = MappingRule.everywhere.filter(organization=organization, name=name, release__state=Release.State.PUBLISHED)
    match list(rules[:2]):
        case [rule]:
            return rule
        case []:
            raise ValueError(f"{organization.slug} has no rule {name!r} in force.")
        case _:
            raise ValueError(
                f"{organization.slug} has several rules {name!r}: pause the one you mean in its control room."
            )


def _actor(organization: Organization, username: str) -> Actor:
    memberships = Membership.objects.filter(organization=organization, person__username=username)
    membership = memberships.select_related("person").first()
    if membership is None or Right.PAUSE not in rights_of(membership.role):
        raise CommandError(
            f"{username!r} may not pause calls of {organization.slug}: "
            "say --as somebody who is admin or ops there, or do it in one organization at a time."
        )
    return Actor(membership.person, COMMAND_LINE)
