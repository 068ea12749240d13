"""Words looked for in notes, as PostgreSQL asks for them.

Every word must be there, in whatever order and case; "a phrase" as it stands, and one that ends with * as a beginning.
"""

from functools import reduce
from operator import and_
from typing import Any

from django.contrib.postgres.search import SearchQuery

from dashboard.query_bar.words import Word, words_in

CONFIGURATION = "simple"
"""As the trigger `copied` of `wrapups.models.finding` makes the words: no language's endings, no stop words."""


def query_of(words: str) -> Any:
    """Return the condition on `Assignment.words`; what has no letter and no figure asks for nothing."""
    asked = [_asked(word) for word in words_in(words.replace("\0", ""))]
    return reduce(and_, asked) if asked else SearchQuery("", config=CONFIGURATION)


def _asked(word: Word) -> SearchQuery:
    text = f"{word.key}:{word.value}" if word.key else word.value
    if word.quoted or not text.endswith("*"):
        return SearchQuery(text, config=CONFIGURATION, search_type="phrase")
    beginning = text.rstrip("*").replace("\\", "\\\\").replace("'", "''")
    return SearchQuery(f"'{beginning}':*", config=CONFIGURATION, search_type="raw")
