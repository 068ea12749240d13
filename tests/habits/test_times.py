"""No test takes the time while it is imported: in a whole run it may be its turn only half an hour later."""

import ast
from pathlib import Path

from django.conf import settings

TESTS: Path = settings.BASE_DIR / "tests"
CLOCKS = {"now", "app_now", "today", "utcnow"}


class Imported(ast.NodeVisitor):
    """Finds the clocks that are asked as a module is imported: in its own lines, its decorators and its defaults."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(part)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """What a lambda does it does later."""

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in CLOCKS:
            self.asked.append(f"line {node.lineno}: {ast.unparse(node)}")
        self.generic_visit(node)


def asked_by(source: str) -> list[str]:
    imported = Imported()
    imported.visit(ast.parse(source))
    return imported.asked


def test_no_clock_is_asked_at_import():
    asked = {str(path.relative_to(TESTS)): asked_by(path.read_text()) for path in TESTS.rglob("*.py")}

    assert {path: lines for path, lines in asked.items() if lines} == {}


def test_a_clock_in_a_decorator_is_found_and_one_in_a_test_is_not():
    parametrized = "@mark('at', [timezone.now()])\ndef test_it(at, later=lambda: app_now()):\n    datetime.now()\n"

    assert asked_by(parametrized) == ["line 1: timezone.now()"]
