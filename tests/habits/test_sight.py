"""Pages reach what divisions limit through the organization of their request, and through nothing else."""

import ast
from pathlib import Path

import pytest
from django.apps import apps

from dashboard.divisions import OPEN
from dashboard.policy import POLICY
from wrapups.models.scoping import Owned

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path for part in ("views", "queries", "forms", "query_bar") for path in (ROOT / "dashboard" / part).rglob("*.py")
)
LIMITED = {
    model.__name__
    for model in apps.get_app_config("wrapups").get_models()
    if issubclass(model, Owned) and model.on_queues(["any"])
}
ITS_OWN = {"organization", "request.organization", "self.organization", "self._organization"}
"""How a page names the organization as its person sees it; the `organization` of another row is everybody's."""
CLOSED_TO_THEM = {"backfills.py": {"self.backfill.organization"}}


def asked_of(path: Path) -> list[str]:
    """Return what each `Model.objects.of(...)` of this module is asked of, for the models that divisions limit."""
    return [
        ast.unparse(node.args[0])
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"{name}.objects.of" for name in LIMITED}
    ]


def test_what_divisions_limit_are_conversations_and_what_is_counted_of_them():
    assert {"Assignment", "Communication", "Conversation", "DaySum", "DecisionTally"} == LIMITED


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_asks_for_them_as_its_person_sees_them(path: Path):
    assert set(asked_of(path)) <= ITS_OWN | CLOSED_TO_THEM.get(path.name, set())
    assert ".everywhere" not in path.read_text()


def test_every_page_that_is_open_to_people_of_some_divisions_is_one():
    assert set(POLICY) >= OPEN
    assert not any(name.startswith("backfill") for name in OPEN)
