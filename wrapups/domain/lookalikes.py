"""Names that are not what they look like: letters of look-alike scripts mixed, or characters nobody sees."""

import unicodedata

ALIKE = {"LATIN": "Latin", "CYRILLIC": "Cyrillic", "GREEK": "Greek", "ARMENIAN": "Armenian", "CHEROKEE": "Cherokee"}
"""Scripts with letters of the same shape, by the first word of their letters' names in Unicode."""


def oddity(name: str) -> str:
    """Return what is odd about a name, to be said beside it; empty where nothing is.

    Names come from Genesys Cloud as somebody typed them there. Nothing is ever chosen by its name: an odd one does no
    harm but to the eye.
    """
    if any(unicodedata.category(character) == "Cf" for character in name):
        return "has characters that cannot be seen"
    scripts = {ALIKE[script] for script in map(_script, filter(str.isalpha, name)) if script in ALIKE}
    return f"mixes {' and '.join(sorted(scripts))} letters" if len(scripts) > 1 else ""


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
