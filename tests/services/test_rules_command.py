"""`manage.py rules`: export, check and import, with exit codes that a pipeline can use."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.factories import (
    MappingRuleFactory,
    MembershipFactory,
    OrganizationFactory,
    ReleaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.roles import Role
from wrapups.models import Act, Organization, Release
from wrapups.services import releasing


@pytest.fixture
def organization(db) -> Organization:
    organization = OrganizationFactory(slug="nordlicht")
    MembershipFactory(organization=organization, person__username="ines")
    MembershipFactory(organization=organization, person__username="sam", role=Role.SUPERVISOR)
    return organization


@pytest.fixture
def in_force(organization) -> Release:
    release = ReleaseFactory(organization=organization)
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    MappingRuleFactory(organization=organization, release=release, name="first", wrapup_code=code)
    return put_in_force(release)


class Out(io.TextIOWrapper):
    """Standard output, of text and of bytes."""

    def __init__(self) -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding="utf-8", write_through=True)

    def getvalue(self) -> str:
        """Return all that was written."""
        return self.bytes.getvalue().decode()


def rules(*arguments: object) -> tuple[int, Out]:
    """Run the command; return its exit code and what it wrote."""
    out = Out()
    try:
        call_command("rules", *map(str, arguments), "--organization", "nordlicht", stdout=out)
    except CommandError as error:
        out.write(str(error))
        return error.returncode, out
    except SystemExit as error:
        return int(str(error.code)), out
    return 0, out


def exported(tmp_path: Path, *options: str) -> Path:
    _, out = rules("export", *options)
    file = tmp_path / "rules.json"
    file.write_bytes(out.bytes.getvalue())
    return file


def edited(file: Path, **fields: Any) -> Path:
    told = json.loads(file.read_text())
    told["rules"][0] |= fields
    file.write_text(json.dumps(told))
    return file


def test_what_is_exported_is_checked_as_the_same(in_force, tmp_path):
    file = exported(tmp_path)

    code, out = rules("check", file, "--whole")

    assert code == 0
    assert out.getvalue() == "0 added, 0 changed, 1 unchanged, 0 refused, 0 removed\n"


def test_a_check_tells_a_difference_by_its_exit_code_and_changes_nothing(organization, in_force, tmp_path):
    file = edited(exported(tmp_path), notes="new")

    for command in (("check", file), ("import", file, "--dry-run")):
        code, out = rules(*command)
        assert code == 1
        assert "1: changed first" in out.getvalue()

    assert releasing.draft_of(organization) is None


def test_an_import_goes_into_the_draft_under_somebody_s_name(organization, in_force, tmp_path):
    file = edited(exported(tmp_path), notes="new")

    code, _ = rules("import", file, "--as", "ines")

    assert code == 0
    assert releasing.draft_of(organization).rules.get().notes == "new"
    act = Act.objects.get(verb="import rules")
    assert (act.person.username, act.origin) == ("ines", "command line")


def test_an_import_that_changes_nothing_is_no_trouble_and_no_draft(organization, in_force, tmp_path):
    assert rules("import", exported(tmp_path), "--as", "ines")[0] == 0
    assert releasing.draft_of(organization) is None


@pytest.mark.parametrize("person", [[], ["--as", "nobody"], ["--as", "sam"]])
def test_only_who_may_change_rules_imports(person, organization, in_force, tmp_path):
    code, out = rules("import", edited(exported(tmp_path), notes="new"), *person)

    assert code == 2
    assert "may change the rules" in out.getvalue()
    assert releasing.draft_of(organization) is None


def test_refused_rules_are_trouble_unless_the_good_ones_are_asked_for(organization, in_force, tmp_path):
    file = exported(tmp_path)
    told = json.loads(file.read_text())
    told["rules"] += [
        {"name": "bad", "when": [], "code": "none"},
        {"name": "good", "when": [], "code": "Refund granted"},
    ]
    file.write_text(json.dumps(told))

    refused, out = rules("import", file, "--as", "ines")
    assert refused == 2
    assert "2: refused bad: “code”: No wrap-up code is called “none”." in out.getvalue()
    assert rules("check", file)[0] == 2
    assert rules("import", file, "--as", "ines", "--good-ones-only")[0] == 0

    assert set(releasing.draft_of(organization).rules.values_list("name", flat=True)) == {"first", "good"}


def test_a_file_that_is_none_and_a_release_that_is_none_are_trouble(in_force, tmp_path):
    (tmp_path / "rules.json").write_text("[]")

    assert rules("check", tmp_path / "rules.json")[0] == 2
    assert rules("check", tmp_path / "not-there.json")[0] == 2
    assert rules("export", "--release", "draft")[0] == 2
    assert rules("export", "--release", "in-force")[0] == 0
    assert rules("export", "--release", str(in_force.number), "--format", "csv")[0] == 0


def test_without_its_organization_it_says_so(db):
    with pytest.raises(CommandError, match="There is no organization 'none'"):
        call_command("rules", "export", "--organization", "none")
