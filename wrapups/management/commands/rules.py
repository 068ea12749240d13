"""`manage.py rules`: rules as files, for review in git and for moving them between organizations."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wrapups.domain.roles import Right, rights_of
from wrapups.domain.rule_plan import Fate, Plan, Row
from wrapups.domain.sheets import BadFile
from wrapups.models import Membership, Organization, Release
from wrapups.services import importing_rules, releasing
from wrapups.services.auditing import Actor
from wrapups.services.exporting_rules import EXPORTS, CannotExport
from wrapups.services.reading_rules import read
from wrapups.services.rule_books import book_of

SAME, DIFFERENT, TROUBLE = 0, 1, 2
"""Exit codes, as those of diff(1)."""
COMMAND_LINE = "command line"


class Command(BaseCommand):
    help = (
        "Export an organization's rules, check a file of rules against them, or import it into the draft. "
        "Exits with 0 where a file changes nothing or was taken in, 1 where it would change something, 2 on trouble."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        export = acts.add_parser("export", help="write a release's rules to standard output")
        export.add_argument("--format", choices=sorted(EXPORTS), default="json", help="(default: %(default)s)")
        export.add_argument("--release", default="", help="a number, draft or in-force (default: the draft, if any)")
        check = acts.add_parser("check", help="say what a file would change; change nothing")
        taking = acts.add_parser("import", help="take a file into the draft")
        taking.add_argument("--dry-run", action="store_true", help="change nothing; like check")
        taking.add_argument("--good-ones-only", action="store_true", help="leave refused rules out")
        taking.add_argument("--as", dest="person", help="the user name of whoever imports")
        for each in (check, taking):
            each.add_argument("file", type=Path, help="a file of rules: .json, .csv or .xlsx")
            each.add_argument("--whole", action="store_true", help="the file is the whole set: remove other rules")
        for each in (export, check, taking):
            each.add_argument("--organization", required=True, metavar="SLUG")

    def handle(self, *, act: str, organization: str, **options: Any) -> None:
        found = Organization.objects.filter(slug=organization).first()
        if found is None:
            raise CommandError(f"There is no organization {organization!r}.", returncode=TROUBLE)
        try:
            if act == "export":
                self._export(found, options["format"], options["release"])
            elif act == "check" or options["dry_run"]:
                self._check(found, options["file"], whole=options["whole"])
            else:
                self._import(found, **options)
        except (BadFile, CannotExport, OSError, importing_rules.CannotTakeIn, releasing.NotADraft) as error:
            raise CommandError(str(error), returncode=TROUBLE) from error

    def _export(self, organization: Organization, ending: str, asked: str) -> None:
        make, _ = EXPORTS[ending]
        content = make(_release(organization, asked))
        if ending == "xlsx" and sys.stdout.isatty():
            raise CommandError("A workbook is no text: send it to a file.", returncode=TROUBLE)
        self.stdout.flush()
        getattr(self.stdout, "buffer", sys.stdout.buffer).write(content)

    def _check(self, organization: Organization, file: Path, *, whole: bool) -> None:
        plan = importing_rules.plan(organization, _rows(organization, file), whole=whole)
        self._tell(plan)
        if plan.count(Fate.REFUSED):
            raise SystemExit(TROUBLE)
        if plan.differences:
            raise SystemExit(DIFFERENT)

    def _import(
        self,
        organization: Organization,
        *,
        file: Path,
        whole: bool,
        good_ones_only: bool,
        person: str | None,
        **_options: Any,
    ) -> None:
        actor = _actor(organization, person)
        rows = _rows(organization, file)
        plan = importing_rules.plan(organization, rows, whole=whole)
        self._tell(plan)
        if plan.differences or plan.count(Fate.REFUSED):
            importing_rules.take_in_rows(organization, rows, whole=whole, good_ones_only=good_ones_only, actor=actor)

    def _tell(self, plan: Plan) -> None:
        """Write each rule that is not as it was, and how many there are of each kind."""
        for verdict in plan.verdicts:
            if verdict.fate is not Fate.UNCHANGED:
                reason = f": {verdict.reason}" if verdict.reason else ""
                self.stdout.write(f"{verdict.number}: {verdict.fate} {verdict.name}{reason}")
        for placed in plan.differences.removed:
            self.stdout.write(f"-: removed {placed.line.fields['name']}")
        counts = importing_rules.counts_of(plan)
        self.stdout.write(", ".join(f"{count} {fate}" for fate, count in counts.items()))


def _rows(organization: Organization, file: Path) -> list[Row]:
    with file.open("rb") as opened:
        return read(opened, filename=file.name, book=book_of(organization))


def _release(organization: Organization, asked: str) -> Release:
    releases = Release.everywhere.filter(organization=organization)
    match asked:
        case "":
            release = importing_rules.base_of(organization)
        case "draft":
            release = releasing.draft_of(organization)
        case "in-force":
            release = releases.filter(state=Release.State.PUBLISHED).first()
        case _:
            release = releases.filter(number=int(asked)).first() if asked.isdecimal() else None
    if release is None:
        raise CommandError(f"There is no release {asked or 'with rules'} here.", returncode=TROUBLE)
    return release


def _actor(organization: Organization, username: str | None) -> Actor:
    """Return who imports; raises CommandError unless they may change this organization's rules."""
    memberships = Membership.objects.filter(organization=organization, person__username=username)
    membership = memberships.select_related("person").first()
    if membership is None or Right.CHANGE_RULES not in rights_of(membership.role):
        raise CommandError(
            "Say --as whom the file is imported: the user name of somebody who may change the rules.",
            returncode=TROUBLE,
        )
    return Actor(membership.person, COMMAND_LINE)
