"""The notes that are written beside a code, from templates and facts: one query for each catalogue they name."""

from collections.abc import Sequence

from wrapups.domain.facts import Facts
from wrapups.domain.notes import Template, ids_in, render
from wrapups.models import Organization
from wrapups.services.explaining import CATALOGUES


def write_notes(organization: Organization, wanted: Sequence[tuple[Template, Facts]]) -> list[str]:
    """Return the notes for each template and the facts it is about, with names as the catalogue has them now."""
    ids: dict[str, set[str]] = {}
    for template, facts in wanted:
        for kind, keys in ids_in(template, facts).items():
            ids.setdefault(kind, set()).update(keys)
    names: dict[tuple[str, str], str] = {}
    for kind, keys in ids.items():
        rows = CATALOGUES[kind].everywhere.filter(organization=organization, genesys_id__in=keys) if keys else None
        names |= {(kind, key): name for key, name in rows.values_list("genesys_id", "name")} if rows is not None else {}
    return [render(template, facts, lambda kind, key: names.get((kind, key), key)) for template, facts in wanted]
