"""The rules of a draft as they are at one moment, kept as JSON: a draft changes, what was asked of it does not."""

import json
from typing import Any

from django.core import serializers

from wrapups.domain.rules import CompiledRelease, compile_release
from wrapups.models import Release, WrapupCode
from wrapups.services.rulebook import rule_of


def taken(release: Release) -> list[Any]:
    """Return a release's enabled rules with all their columns, as JSON that `compiled_from` understands."""
    rows = release.rules.filter(enabled=True).order_by("line")
    kept: list[Any] = json.loads(serializers.serialize("json", rows))
    return kept


def compiled_from(kept: list[Any]) -> CompiledRelease:
    """Return the rules of a snapshot ready to decide, as `rulebook.compile_now` would have on that moment."""
    rows: list[Any] = [each.object for each in serializers.deserialize("python", kept)]
    codes = WrapupCode.everywhere.in_bulk({row.wrapup_code_id for row in rows})
    for row in rows:
        row.wrapup_code = codes[row.wrapup_code_id]
    return compile_release([rule_of(row) for row in rows])
