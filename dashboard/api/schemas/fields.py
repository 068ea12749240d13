"""The kinds of value that the API takes and gives, each with the words for what is wrong with it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from wrapups.domain.envelopes import FIRST, LAST

UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
LINE = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
INSTANT = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
ID = r"^[!-~]{1,64}$"
CURSOR = r"^[0-9]{1,17}-[0-9]{1,19}$"
ANYTHING = r"\S"
SAID: Mapping[str, str] = {
    UUID: "give the whole id as Genesys Cloud shows it, like 4f2a81c0-1234-4abc-8def-0123456789ab",
    LINE: "write something, on one line",
    ID: "give an id of 1 to 64 letters, figures and signs, without blanks",
    CURSOR: "give what `next` of the page before said, unchanged",
    ANYTHING: "write something",
}
"""What is said of a text that does not fit one of these patterns."""
LARGEST_KEY = 2**63 - 1


def _instant(value: Any) -> datetime:
    """Return a time of this century, written out with its offset, in UTC."""
    if not isinstance(value, str) or not re.fullmatch(INSTANT[1:-1], value, re.ASCII):
        raise ValueError("write the time like 2026-03-01T12:00:00Z, or with +01:00 at its end (%2B01:00 in an address)")
    try:
        instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("this time does not exist") from error
    if not FIRST <= instant < LAST:
        raise ValueError("this time is not between the years 2000 and 2100")
    return instant


Instant = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "pattern": INSTANT}, mode="validation")
]
ConversationId = Annotated[
    str,
    StringConstraints(pattern=UUID, strict=True),
    AfterValidator(str.lower),
    Field(description="As Genesys has it."),
]
GenesysId = Annotated[str, StringConstraints(pattern=ID, strict=True)]
Line128 = Annotated[str, StringConstraints(pattern=LINE, max_length=128, strict=True), AfterValidator(str.strip)]
Text1000 = Annotated[str, StringConstraints(max_length=1000, strict=True)]
Key = Annotated[int, Field(ge=1, le=LARGEST_KEY)]
StrictKey = Annotated[int, Field(ge=1, le=LARGEST_KEY, strict=True)]


class Told(BaseModel):
    """What somebody sends. A key that is not known is refused, as a misspelt one would else be passed over."""

    model_config = ConfigDict(extra="forbid")


class Named(BaseModel):
    """Something of Genesys Cloud, by its id and the name we know it by."""

    id: str
    name: str
