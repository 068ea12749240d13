"""Facts in, code and trace out."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from dashboard.api.schemas.fields import Named, Told
from dashboard.api.schemas.releases import LARGEST_NUMBER
from wrapups.domain.facts import Facts

MOST_FACTS, LONGEST_NAME, LONGEST_TEXT, MOST_TEXTS = 200, 200, 4096, 200
TEXT = {"type": "string", "maxLength": LONGEST_TEXT}
SCHEMA = {
    "type": "object",
    "maxProperties": MOST_FACTS,
    "propertyNames": {"minLength": 1, "maxLength": LONGEST_NAME},
    "additionalProperties": {
        "anyOf": [
            TEXT,
            {"type": ["boolean", "number", "null"]},
            {"type": "array", "items": TEXT, "maxItems": MOST_TEXTS},
        ]
    },
    "examples": [{"media": "voice", "duration_s": 45, "disposition": ["REFUND-OK"]}],
}


def _facts(given: Any) -> Facts:
    """Return facts of a size and shape that the rules can be asked about; the names are looked at elsewhere."""
    if not isinstance(given, dict) or len(given) > MOST_FACTS:
        raise ValueError(f"give an object of at most {MOST_FACTS} facts, by name")
    for place, (name, value) in enumerate(given.items(), start=1):
        if not 0 < len(name) <= LONGEST_NAME:
            raise ValueError(f"the name of fact {place} must have 1 to {LONGEST_NAME} characters")
        if not (_is_text(value) or _are_texts(value) or value is None or isinstance(value, bool | int | float)):
            raise ValueError(
                f"fact {place} must be a text of at most {LONGEST_TEXT} characters, a number, true, false,"
                f" null, or a list of at most {MOST_TEXTS} such texts"
            )
    return given


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_TEXTS and all(map(_is_text, value))


class EvaluateIn(Told):
    """Facts by name, as a release's conditions ask for them; one that is left out, or null, is not known."""

    facts: Annotated[dict[str, Any], BeforeValidator(_facts), WithJsonSchema(SCHEMA)]
    release: Annotated[
        Annotated[int, Field(ge=1, le=LARGEST_NUMBER, strict=True)] | None,
        Field(description="The number of any release, the draft too. Left out: the one in force."),
    ] = None
    conditions: Annotated[
        Annotated[bool, Field(strict=True)],
        Field(description="Whether each rule tried shall come with every one of its conditions."),
    ] = False


class Asked(BaseModel):
    """One condition of a rule: what it asks, the value it met (null: not known), and whether it holds."""

    condition: str
    seen: str | float | bool | list[str] | None
    held: bool


class Tried(BaseModel):
    """One rule that was tried, and in words why it matched or did not."""

    line: int
    rule: str
    matched: bool
    because: str
    conditions: Annotated[
        list[Asked] | None, Field(description="Every condition as written, those in groups too; null unless asked for.")
    ] = None


class Evaluation(BaseModel):
    """What the rules choose. `code` is null where none of them matches; `trace` holds each rule tried, in order."""

    release: int
    code: Named | None
    rule: str | None
    line: int | None
    because: list[str]
    trace: list[Tried]
