"""What makes a rule in a file: its fields in plain JSON, alike for rules that are stored and rules that are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from wrapups.domain.directory import Directory, NoSuchName

Fields = Mapping[str, object]
"""`name`, `when` (conditions as stored), `code` (a Genesys id), `notes`, `enabled`, `owner` (a user name), `tags`,
`remark`, `valid_from`, `valid_until` (ISO 8601 in UTC, or empty), `policies`."""

DEFAULTS: dict[str, object] = {
    "name": "",
    "when": {"all": []},
    "code": "",
    "notes": "",
    "enabled": True,
    "owner": "",
    "tags": [],
    "remark": "",
    "valid_from": "",
    "valid_until": "",
    "policies": {},
}
"""What a new rule has where its file says nothing."""

LONGEST: Mapping[str, int] = {"name": 120, "notes": 1000, "remark": 500}
MOST_TAGS, LONGEST_TAG = 10, 40
LONGEST_CODE = 512
"""Of a code's name and id as a file tells them. Genesys' names have at most 256 characters, ids 64."""
LARGEST_LINE = 100_000
IN_BRACKETS = re.compile(r"(.*?)\s*\[([^\[\]]+)\]", re.DOTALL)

NEEDED: Mapping[str, str] = {
    "name": "Give the rule a name.",
    "when": "Give the rule its conditions; write always where there shall be none.",
    "code": "Name the wrap-up code that the rule chooses.",
}
"""What no rule is without, and what to do where it is missing."""

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Book:
    """What names in a file mean: the catalogues, the people by user name, and the zone of times that say none."""

    directory: Directory
    people: frozenset[str] = frozenset()
    zone: tzinfo = UTC

    def code(self, text: str) -> str:
        """Return the id of a wrap-up code told as its name, or as `name [id]`; raises NoSuchName."""
        if len(text) > LONGEST_CODE:
            raise NoSuchName(f"No wrap-up code has a name of {len(text):,} characters.")
        found = IN_BRACKETS.fullmatch(text.strip())
        if found and self.directory.name("code", found[2]):
            return found[2]
        try:
            return self.directory.resolved("code", text)
        except NoSuchName:
            if found is None:
                raise
            return self.directory.resolved("code", found[1])

    def code_text(self, key: str, *, with_id: bool = False) -> str:
        """Return how a file tells a code: by its name, with its id where that is not enough or both are wanted."""
        name = plain(self.directory.name("code", key))
        if name and not with_id and list(self.directory.keys("code", name)) == [key] and self.code(name) == key:
            return name
        return f"{name} [{key}]".strip()

    def owner(self, text: str) -> str:
        """Return the user name of somebody here, or none; raises ValueError."""
        name = text.strip()
        for each in self.people if name else ():
            if each.casefold() == name.casefold():
                return each
        if name:
            raise ValueError(f"Nobody here has the user name “{name}”. Write another, or leave it empty.")
        return ""


def plain(text: str) -> str:
    """Return a text as every kind of file can carry it: one kind of line break, no control characters, trimmed."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def on_one_line(text: str) -> str:
    """Return a name or a tag as every kind of file can carry it."""
    return " ".join(plain(text).split())


def text_in(name: str, text: str) -> str:
    """Return a text for this field; raises ValueError where it is too long, or a name has several lines."""
    told, most = plain(text), LONGEST[name]
    if len(told) > most:
        raise ValueError(f"This has {len(told):,} characters; {most:,} is the most.")
    return on_one_line(told) if name == "name" else told


def tags_in(tags: list[str]) -> list[str]:
    """Return tags trimmed, each once; raises ValueError for too many or too long ones."""
    told = list(dict.fromkeys(filter(None, map(on_one_line, tags))))
    if len(told) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in told):
        raise ValueError(f"A rule has at most {MOST_TAGS} tags of at most {LONGEST_TAG} characters.")
    return told


def instant_in(text: str, zone: tzinfo) -> str:
    """Return a time in UTC, or nothing for nothing; one without an offset is of this zone. Raises ValueError."""
    if not text.strip():
        return ""
    try:
        told = datetime.fromisoformat(text.strip())
        return told_at((told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError("Write the time like 2026-03-01 08:00, or with its offset: 2026-03-01T08:00:00Z.") from None


def told_at(moment: datetime | None) -> str:
    """Return a time as files have it; empty for none."""
    return "" if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment_of(told: object) -> datetime | None:
    """Return the time that `told_at` wrote."""
    return datetime.fromisoformat(str(told)) if told else None
