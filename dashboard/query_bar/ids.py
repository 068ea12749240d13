"""Ids as people paste them into a query: whole, in a list, in an address of Genesys Cloud, or their beginning."""

import re

MOST_IDS = 500
SHORTEST_BEGINNING = 4

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w/=-])([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})(?![\w-])", re.I)
"""One without dashes, by itself: what stands so in an address may be anything."""
_BEGINNING = re.compile(r"(?=.*[a-f])(?=.*\d)[0-9a-f]{8}[0-9a-f-]{0,27}", re.IGNORECASE)
_LISTED = re.compile(r"[,;|\[\]\n]")


def whole_ids(text: str) -> list[str]:
    """Return the UUIDs in a text, each once, in order, and with its dashes."""
    return list(dict.fromkeys(found.lower() for found in _UUID.findall(_dashed(text))))


def ids_in(value: str) -> list[str]:
    """Return the UUIDs of a list of nothing else, or the last one in an address: of its page, not of what it is in."""
    ids = whole_ids(value)
    if "/" in value:
        return ids[-1:]
    return [] if _says_more(value) else ids


def is_list(text: str) -> bool:
    """Whether it is nothing but ids, pasted from somewhere with what stood between them there."""
    return len(whole_ids(text)) > 1 and bool(_LISTED.search(_UUID.sub("", _dashed(text)))) and not _says_more(text)


def looks_like_beginning(word: str) -> bool:
    """Whether it is what no word of a note is: eight hexadecimal digits or more, letters and figures in them."""
    return bool(_BEGINNING.fullmatch(word))


def _says_more(text: str) -> bool:
    return any(map(str.isalnum, _UUID.sub("", _dashed(text))))


def _dashed(text: str) -> str:
    return _BARE.sub(r"\1-\2-\3-\4-\5", text)
