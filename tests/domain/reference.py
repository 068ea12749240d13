"""The meaning of rules, written as plainly as can be and slowly: what the fast engine must agree with.

It works on the stored form and the bare facts, and shares nothing with the engine, not even its regular
expressions; its patterns must therefore mean the same to Python's `re`.
"""

import re
import unicodedata


def folded(value):
    if isinstance(value, str):
        decomposed = unicodedata.normalize("NFD", value).casefold()
        return unicodedata.normalize("NFC", decomposed).casefold().strip()
    return [folded(each) for each in value] if isinstance(value, list) else value


def holds(condition, facts):
    seen, operator = facts.get(condition["fact"]), condition["operator"]
    if operator == "is_empty":
        return seen is None or folded(seen) in ("", [])
    if seen is None:
        return False
    if operator == "matches":
        return re.search(condition["value"], unicodedata.normalize("NFC", seen), re.IGNORECASE) is not None
    seen, wanted = folded(seen), folded(condition.get("value"))
    return {
        "is_not_empty": lambda: seen not in ("", []),
        "is": lambda: seen == wanted,
        "is_not": lambda: seen != wanted,
        "one_of": lambda: seen in wanted,
        "none_of": lambda: not any(each in wanted for each in (seen if isinstance(seen, list) else [seen])),
        "any_of": lambda: any(each in seen for each in wanted),
        "all_of": lambda: all(each in seen for each in wanted),
        "contains": lambda: wanted in seen,
        "starts_with": lambda: seen.startswith(wanted),
        "ends_with": lambda: seen.endswith(wanted),
        "less": lambda: seen < wanted,
        "at_most": lambda: seen <= wanted,
        "more": lambda: seen > wanted,
        "at_least": lambda: seen >= wanted,
        "between": lambda: wanted[0] <= seen <= wanted[1],
    }[operator]()


def truth(member, facts):
    if "fact" in member:
        return holds(member, facts)
    [(quantifier, members)] = member.items()
    answers = [truth(inner, facts) for inner in members]
    return {"all": all(answers), "any": any(answers), "none": not any(answers)}[quantifier]


def culprit(member, facts, path="", wanted=True):
    """Return path and condition of the first one that keeps the member from being as wanted, or None."""
    if truth(member, facts) == wanted:
        return None
    if "fact" in member:
        return path, member
    [(quantifier, members)] = member.items()
    for place, inner in enumerate(members):
        here = f"{path}.{quantifier}.{place}".strip(".")
        found = culprit(inner, facts, here, wanted=not wanted if quantifier == "none" else wanted)
        if found:
            return found
    raise AssertionError("A group came out wrong though every member is as wanted.")


def trace(rules, facts):
    """Return for each (name, stored group), up to the match, its culprit, or None for the match itself."""
    tried = []
    for name, when in rules:
        tried.append((name, culprit(when, facts)))
        if tried[-1][1] is None:
            break
    return tried
