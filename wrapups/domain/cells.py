"""What a cell of a spreadsheet means, and how text goes into one and comes back unharmed."""

import re
import unicodedata
from urllib.parse import unquote

LONGEST_PASTED, LONGEST_DISPOSITION, LONGEST_NOTES, LONGEST_NAME = 512, 128, 1000, 200
LINE_BREAKS = "\t\n"

_ID = re.compile(r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])")
_BARE_ID = re.compile(r"[0-9a-f]{32}")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))

# A spreadsheet takes a cell that begins so for a formula; separators and invisible characters before it do not help.
_FORMULA = re.compile(
    r"'*[\s;,|\u200b-\u200f\u202a-\u202e\u2060\ufeff]*[=+\-@\t\r\n\0"
    r"\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]"  # the same four, full-width and small
)


def guarded(text: str) -> str:
    """Return text for a cell that no spreadsheet takes for a formula: with a quote before it, where it begins like one.

    https://owasp.org/www-community/attacks/CSV_Injection names the characters.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return the text of a cell without one such quote: `unguarded(guarded(text)) == text`, whatever the text."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def ids_in(text: str) -> set[str]:
    """Return the ids in a pasted text: alone, in braces or quotes, percent-encoded, or in an address."""
    plain = "".join(each for each in unicodedata.normalize("NFKC", unquote(text)) if not _invisible(each))
    plain = plain.translate(_DASHES).lower()
    bare = plain.strip(" {}\"'")
    if _BARE_ID.fullmatch(bare):
        return {f"{bare[:8]}-{bare[8:12]}-{bare[12:16]}-{bare[16:20]}-{bare[20:]}"}
    return set(_ID.findall(plain))


def conversation_id_in(text: str) -> str:
    """Return the one conversation id in a cell, as Genesys writes it; raises ValueError for none and for two."""
    alone = text.strip().lower()
    if _ID.fullmatch(alone):
        return alone
    if not alone:
        raise ValueError("is empty.")
    found = ids_in(text) if len(text) <= LONGEST_PASTED else set()
    if not found:
        raise ValueError("holds no conversation id. One looks like 6b2c1f0e-0000-4000-8000-000000000001.")
    if len(found) > 1:
        raise ValueError("holds more than one id. Leave only the conversation's.")
    return found.pop()


def disposition_in(text: str) -> str:
    """Return a disposition as rules compare it; raises ValueError where it is empty, too long, or not to be seen."""
    code = unicodedata.normalize("NFC", text).strip()
    if not code:
        raise ValueError("is empty.")
    _require_length(code, LONGEST_DISPOSITION)
    _require_visible(code)
    return code


def notes_in(text: str) -> str:
    """Return notes, line breaks as one character; raises ValueError for what is too long or not to be seen."""
    notes = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()
    _require_length(notes, LONGEST_NOTES)
    for each in "" if notes.isprintable() else notes:
        if unicodedata.category(each) == "Cc" and each not in LINE_BREAKS:
            raise ValueError(f"holds the control character U+{ord(each):04X}.")
    return notes


def source_in(text: str) -> str:
    """Return the name of a source of dispositions; raises ValueError for one that is empty or not to be seen."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name:
        raise ValueError("Say whose dispositions these are.")
    _require_visible(name)
    return name


def shown_name(filename: str) -> str:
    """Return a file's name to be shown: without folders, and without what would show it as another one."""
    last = " ".join(re.split(r"[/\\]", filename)[-1].split())
    return "".join(each for each in last if not _invisible(each))[:LONGEST_NAME] or "unnamed"


def _require_length(text: str, most: int) -> None:
    if len(text) > most:
        raise ValueError(f"has {len(text):,} characters; {most:,} is the most.")


def _require_visible(text: str) -> None:
    for place, each in enumerate("" if text.isprintable() else text, start=1):
        if _invisible(each):
            raise ValueError(f"holds the invisible character U+{ord(each):04X} at place {place}. Remove it.")


def _invisible(each: str) -> bool:
    """Whether it is a control or format character: a line break, a zero-width space, one that turns text round."""
    return unicodedata.category(each) in ("Cc", "Cf", "Co", "Cs")
