"""The documentation of rule files against the product: every example in it is taken as it is written."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.factories import OrganizationFactory, QueueFactory, WrapupCodeFactory
from wrapups.domain import overrides
from wrapups.domain.condition_reading import read as read_conditions
from wrapups.domain.rule_cells import COLUMNS
from wrapups.domain.rule_plan import Fate
from wrapups.models import Organization
from wrapups.services.importing_rules import plan
from wrapups.services.reading_rules import read
from wrapups.services.rule_books import book_of

DOCS: Path = settings.BASE_DIR / "docs"
TEXT = (DOCS / "rules-as-files.md").read_text()
EXAMPLES = sorted((DOCS / "migrating").iterdir())


@pytest.fixture
def organization(db) -> Organization:
    """An organization with the queues and codes that the examples name."""
    organization = OrganizationFactory()
    for name in ("Billing EU", "Billing US", "Sales"):
        QueueFactory(organization=organization, name=name)
    for name in ("Resolved", "Call back later", "Sale", "Wrong number", "Do not call", "No outcome"):
        WrapupCodeFactory(organization=organization, name=name)
    return organization


def fenced(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def reasons(organization: Organization, raw: bytes, filename: str) -> list[Any]:
    found = plan(organization, read(io.BytesIO(raw), filename=filename, book=book_of(organization)), whole=True)
    assert found.differences
    return [(each.number, each.reason) for each in found.verdicts if each.fate is not Fate.ADDED]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_every_line_of_an_example_becomes_a_rule(file, organization):
    assert reasons(organization, file.read_bytes(), file.name) == []
    assert f"migrating/{file.name}" in (DOCS / "migrating.md").read_text()


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_the_files_that_are_shown_are_taken(ending, organization):
    for text in fenced(ending):
        assert reasons(organization, text.encode(), f"rules.{ending}") == []


def test_the_conditions_that_are_shown_mean_something(organization):
    book = book_of(organization)
    lines = [line for text in fenced("conditions") for line in text.splitlines()]

    assert [line for line in lines if not read_conditions(line, book.directory).members] == ["always"]


def test_every_column_and_every_policy_is_written_about():
    assert [column for column in COLUMNS if f"`{column}`" not in TEXT] == []
    assert [name for name in overrides.NAMES if f"{name}=" not in TEXT] == []
