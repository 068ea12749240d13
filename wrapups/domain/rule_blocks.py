"""A rule as a block of JSON, for review in git: one rule a block, in order, names beside ids, nothing that is empty.

A block is the whole rule: what it leaves out is as a new rule has it.
"""

import json
from collections.abc import Callable, Mapping, Sequence

from wrapups.domain import overrides
from wrapups.domain.condition_reading import read
from wrapups.domain.condition_text import ALWAYS, written_lines
from wrapups.domain.conditions import parse, to_json
from wrapups.domain.rule_cells import identity_in
from wrapups.domain.rule_fields import DEFAULTS, NEEDED, Book, Fields, instant_in, tags_in, text_in
from wrapups.domain.sheets import BadFile, BadLine
from wrapups.domain.strict_json import NotStrictJson
from wrapups.domain.strict_json import parse as parse_json

FORMAT = "wrapups.rules/1"
KEYS = (
    *("name", "identity", "enabled", "when", "code", "notes", "owner", "tags", "remark"),
    *("valid_from", "valid_until", "policies"),
)


def block_of(identity: str, fields: Fields, book: Book) -> dict[str, object]:
    """Return a rule's block: what is as for a new rule is left out, but for name, conditions and code."""
    told = {
        **fields,
        "identity": identity,
        "when": written_lines(parse(fields["when"]), book.directory),
        "code": book.code_text(str(fields["code"]), with_id=True),
    }
    always = ("name", "identity", "when", "code")
    return {key: told[key] for key in KEYS if key in always or told[key] != DEFAULTS[key]}


def document_of(blocks: Sequence[Mapping[str, object]]) -> str:
    """Return the whole file, the same for the same rules."""
    return json.dumps({"format": FORMAT, "rules": list(blocks)}, ensure_ascii=False, indent=2) + "\n"


def blocks_in(raw: bytes) -> list[object]:
    """Return the blocks of a file; raises BadFile where it is no such file."""
    try:
        told = parse_json(raw.removeprefix(b"\xef\xbb\xbf"))
    except NotStrictJson as error:
        raise BadFile(str(error)) from None
    if not isinstance(told, dict) or told.get("format") != FORMAT or not isinstance(told.get("rules"), list):
        raise BadFile(f'This is no file of rules: it must be {{"format": "{FORMAT}", "rules": [...]}}.')
    rules: list[object] = told["rules"]
    return rules


def given_in(block: object, book: Book) -> dict[str, object]:
    """Return what a block says of its rule, by field, beside its `identity`; raises BadLine with the key."""
    if not isinstance(block, Mapping):
        raise BadLine('A rule is an object: {"name": ..., "when": [...], "code": ...}.')
    for key in block:
        if key not in KEYS:
            raise BadLine(f"A rule has no “{str(key)[:40]}”. Remove it, or mend its spelling.")
    for key, advice in NEEDED.items():
        if key not in block:
            raise BadLine(f"“{key}” is missing. {advice}")
    return {**DEFAULTS, "identity": "", **{key: _value(key, value, book) for key, value in block.items()}}


def _value(key: str, value: object, book: Book) -> object:
    kind, reads = _READ[key]
    if not isinstance(value, kind) or (isinstance(value, list) and not all(isinstance(each, str) for each in value)):
        raise BadLine(f"“{key}” must be {_KINDS[kind]}.")
    try:
        return reads(value, book)
    except ValueError as error:
        raise BadLine(f"“{key}”: {error}") from None


_KINDS: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    list: "a list of texts",
    dict: "an object",
}
_READ: Mapping[str, tuple[type, Callable[..., object]]] = {
    "name": (str, lambda value, book: text_in("name", value)),  # noqa: ARG005 (one shape for all)
    "identity": (str, lambda value, book: identity_in(value)),  # noqa: ARG005
    "enabled": (bool, lambda value, book: value),  # noqa: ARG005
    "when": (list, lambda value, book: to_json(read(" and ".join(value) or ALWAYS, book.directory))),
    "code": (str, lambda value, book: book.code(value)),
    "notes": (str, lambda value, book: text_in("notes", value)),  # noqa: ARG005
    "owner": (str, lambda value, book: book.owner(value)),
    "tags": (list, lambda value, book: tags_in(value)),  # noqa: ARG005
    "remark": (str, lambda value, book: text_in("remark", value)),  # noqa: ARG005
    "valid_from": (str, lambda value, book: instant_in(value, book.zone)),
    "valid_until": (str, lambda value, book: instant_in(value, book.zone)),
    "policies": (dict, lambda value, book: overrides.to_json(overrides.parse(value))),  # noqa: ARG005
}
"""By key, of what kind its value is and what it means; each raises ValueError with what to do."""
