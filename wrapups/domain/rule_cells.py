"""A rule as a row of a table: what stands in its cells, and what a row that somebody typed means.

The columns may be in any order, and most may be missing: a rule that is there already keeps what its row leaves out.
In place of conditions a row may name a queue, a source and a disposition.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from wrapups.domain import overrides
from wrapups.domain.cells import disposition_in, guarded, source_in, unguarded
from wrapups.domain.condition_reading import read
from wrapups.domain.condition_text import written
from wrapups.domain.conditions import parse, to_json
from wrapups.domain.directory import NoSuchName
from wrapups.domain.facts import DISPOSITION
from wrapups.domain.rule_fields import LARGEST_LINE, LONGEST, Book, Fields, instant_in, plain, tags_in, text_in
from wrapups.domain.sheets import BadFile, BadLine

COLUMNS = (
    *("line", "name", "conditions", "code", "notes", "enabled", "owner", "tags", "remark"),
    *("valid from", "valid until", "policies", "identity"),
)
"""What an export has, in this order."""

SIMPLE = ("queue", "source", "disposition")
HEADINGS: Mapping[str, Sequence[str]] = {
    "line": ("line", "lineno", "position", "order"),
    "name": ("name", "rule", "rulename"),
    "conditions": ("conditions", "condition", "when"),
    "code": ("code", "wrapupcode", "wrapup", "wrapupcodename", "targetcode"),
    "notes": ("notes", "note"),
    "enabled": ("enabled", "inuse", "active"),
    "owner": ("owner",),
    "tags": ("tags", "tag"),
    "remark": ("remark", "remarks", "comment", "comments"),
    "valid from": ("validfrom", "from"),
    "valid until": ("validuntil", "until", "validto"),
    "policies": ("policies", "policy"),
    "identity": ("identity", "ruleidentity"),
    "queue": ("queue", "queues", "queuename"),
    "source": ("source",),
    "disposition": ("disposition", "dispositioncode", "dispositionname", "externaldisposition", "outcome"),
}
"""How people call the columns; letters and digits only."""

YES, NO = ("yes", "true", "1", "on", "x", "y"), ("no", "false", "0", "off", "n")
BETWEEN_QUEUES = re.compile(r"[;\n]")


def places_of(heading: Sequence[str]) -> dict[str, int]:
    """Return which column holds what; raises BadFile where two hold the same, or none tells what a rule chooses."""
    named: dict[str, int] = {}
    for place, name in enumerate(heading):
        plain_name = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", name).casefold())
        column = next((column for column, names in HEADINGS.items() if plain_name in names), None)
        if column in named:
            raise BadFile(f"Two columns, “{heading[named[column]]}” and “{name}”, tell the same. Remove one.")
        if column is not None:
            named[column] = place
    if not {"identity", "name", "disposition", "conditions"} & set(named):
        raise BadFile(
            "The first line must name the columns: name, conditions and code, or queue, source, disposition and code."
        )
    return named


def cells_of(line: int, identity: str, fields: Fields, book: Book) -> list[str]:
    """Return a rule's cells in the order of `COLUMNS`, none of which a spreadsheet takes for a formula."""
    cells = {
        "line": str(line),
        "name": str(fields["name"]),
        "conditions": written(parse(fields["when"]), book.directory),
        "code": book.code_text(str(fields["code"])),
        "notes": str(fields["notes"]),
        "enabled": "yes" if fields["enabled"] else "no",
        "owner": str(fields["owner"]),
        "tags": _tags_text(fields["tags"]),
        "remark": str(fields["remark"]),
        "valid from": str(fields["valid_from"]),
        "valid until": str(fields["valid_until"]),
        "policies": _policies_text(fields["policies"]),
        "identity": identity,
    }
    return [guarded(cells[column]) for column in COLUMNS]


def given_in(cells: Sequence[str], places: Mapping[str, int], book: Book) -> dict[str, object]:
    """Return what a row says of its rule, by field, with its `line` and `identity`; raises BadLine with the column."""
    told = {name: unguarded(cells[place]) if place < len(cells) else "" for name, place in places.items()}
    given: dict[str, object] = {}
    for column, reads in _READ.items():
        if column in told:
            field = column.replace(" ", "_")
            given[field] = _checked(column, lambda text=told[column], reads=reads: reads(text, book))  # type: ignore[misc]
    if told.get("conditions", "").strip() and any(told.get(column, "").strip() for column in SIMPLE):
        raise BadLine("Give either conditions, or queue, source and disposition.")
    if told.get("conditions", "").strip():
        given["when"] = _checked("conditions", lambda: to_json(read(told["conditions"], book.directory)))
    elif any(told.get(column, "").strip() for column in SIMPLE):
        given["when"] = _simple(told, book)
        if not given.get("name"):
            given["name"] = _simple_name(told)
    if "code" in given and not given["code"]:
        raise BadLine("“code” is empty. Write the wrap-up code that the rule chooses.")
    return given


def _checked(column: str, reads: Callable[[], object]) -> object:
    try:
        return reads()
    except ValueError as error:
        raise BadLine(f"“{column}”: {error}") from None


def _simple(told: Mapping[str, str], book: Book) -> dict[str, object]:
    """Return the conditions of a row that names queues and what a source says."""
    conditions: list[dict[str, object]] = []
    if told.get("queue", "").strip():
        keys = _checked("queue", lambda: _queues(told["queue"], book))
        conditions.append({"fact": "queue", "operator": "one_of", "value": keys})
    code = _checked("disposition", lambda: disposition_in(told.get("disposition", "")))
    if told.get("source", "").strip():
        source = _checked("source", lambda: source_in(told["source"]))
        conditions.append({"fact": f"{DISPOSITION}{source}", "operator": "is", "value": code})
    else:
        conditions.append({"fact": "disposition", "operator": "any_of", "value": [code]})
    return to_json(parse({"all": conditions}))


def _queues(text: str, book: Book) -> list[str]:
    """Return the queues of a cell: one name, or several between semicolons."""
    try:
        return [book.directory.resolved("queue", text.strip())]
    except NoSuchName:
        names = [name.strip() for name in BETWEEN_QUEUES.split(text) if name.strip()]
        return list(dict.fromkeys(book.directory.resolved("queue", name) for name in names))


def _simple_name(told: Mapping[str, str]) -> str:
    queues = "; ".join(part.strip() for part in BETWEEN_QUEUES.split(told.get("queue", "")) if part.strip())
    return " - ".join(filter(None, (told.get("disposition", "").strip(), queues)))[: LONGEST["name"]]


def _line(text: str) -> int | None:
    number = text.strip()
    if not number:
        return None
    if not number.isascii() or not number.isdecimal() or not 1 <= int(number[:7]) <= LARGEST_LINE:
        raise ValueError(f"Write a whole number from 1 to {LARGEST_LINE:,}, or nothing.")
    return int(number)


def identity_in(text: str) -> str:
    """Return a rule's identity as it is stored; raises ValueError for what is none."""
    if not text.strip():
        return ""
    try:
        return str(UUID(text.strip()))
    except ValueError:
        raise ValueError("This is no identity of a rule. Leave it empty for a new one.") from None


def _enabled(text: str) -> bool:
    word = text.strip().casefold()
    if word and word not in (*YES, *NO):
        raise ValueError("Write yes or no.")
    return word not in NO


def _tags_text(tags: object) -> str:
    """Return tags with a comma between; one with a comma or a quote in it, in quotes."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([str(tag) for tag in tags] if isinstance(tags, list) else [])
    return out.getvalue()


def _tags(text: str) -> list[str]:
    rows = csv.reader(io.StringIO(plain(text), newline=""), skipinitialspace=True)
    return tags_in([tag for row in rows for tag in row])


def _policies_text(policies: object) -> str:
    told = policies if isinstance(policies, dict) else {}
    return "; ".join(f"{name}={str(value).lower()}" for name, value in sorted(told.items()))


def _policies(text: str) -> dict[str, object]:
    stored: dict[str, object] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, equals, value = (each.strip() for each in part.partition("="))
        if not equals:
            raise ValueError("Write policies like grace_s=0; legs=last.")
        stored[name] = {"true": True, "false": False}.get(value.lower(), int(value) if value.isdecimal() else value)
    return overrides.to_json(overrides.parse(stored))


_READ: Mapping[str, Callable[[str, Book], object]] = {
    "line": lambda text, book: _line(text),  # noqa: ARG005 (one shape for all)
    "identity": lambda text, book: identity_in(text),  # noqa: ARG005
    "name": lambda text, book: text_in("name", text),  # noqa: ARG005
    "code": lambda text, book: book.code(text) if text.strip() else "",
    "notes": lambda text, book: text_in("notes", text),  # noqa: ARG005
    "enabled": lambda text, book: _enabled(text),  # noqa: ARG005
    "owner": lambda text, book: book.owner(text),
    "tags": lambda text, book: _tags(text),  # noqa: ARG005
    "remark": lambda text, book: text_in("remark", text),  # noqa: ARG005
    "valid from": lambda text, book: instant_in(text, book.zone),
    "valid until": lambda text, book: instant_in(text, book.zone),
    "policies": lambda text, book: _policies(text),  # noqa: ARG005
}
"""By column, what its cell means; each raises ValueError with what to do."""
