"""What no template, stylesheet or script of ours may hold, and what we vendor."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "dashboard" / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

FORBIDDEN = {
    "an inline style": r"\sstyle\s*=|<style",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an inline handler": r"\son[a-z]+\s*=|hx-on|javascript:|js:",
    "a way around escaping": r"\|\s*safe\b|autoescape\s+off|safeseq",
    "something from elsewhere": r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//",
}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("template", TEMPLATES, ids=named)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what: str, template: Path):
    assert not re.search(FORBIDDEN[what], template.read_text())


@pytest.mark.parametrize("template", TEMPLATES, ids=named)
def test_every_template_says_first_what_it_needs(template: Path):
    assert template.read_text().startswith("{#")


def test_no_code_calls_text_safe_that_came_from_outside():
    code = [path for path in (ROOT / "dashboard").rglob("*.py") if re.search(r"mark_safe|SafeString", path.read_text())]

    assert code == []


def test_pages_reach_rows_only_through_their_organization():
    unscoped = [path for path in (ROOT / "dashboard" / "views").rglob("*.py") if ".everywhere" in path.read_text()]

    assert unscoped == []


def test_our_script_evaluates_nothing():
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", (STATIC / "app.js").read_text())


@pytest.mark.parametrize(
    "file", tomllib.loads((STATIC / "vendor" / "VENDOR.toml").read_text())["file"], ids=lambda file: file["path"]
)
def test_what_we_vendor_is_what_we_say_it_is(file: dict[str, str]):
    path = STATIC / "vendor" / file["path"]

    assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
    assert (path.parent / "LICENSE").exists()
