"""At which pace calls to Genesys are made. Pure."""

DOCUMENTED_PER_MINUTE = 300
"""What Genesys documents as allowed per token and minute; where its headers say less, we go slower in proportion.

Source: Genesys' page of platform limits, `client.credentials.token.rate.per.minute`.
"""


def pace(wanted: int, allowed: int | None) -> float:
    """Return how many calls a minute are made at most: what an organization wants, or less where Genesys allows less.

    `allowed` is what its headers said last, for a token and minute; None before it said anything.
    """
    return wanted * min(1.0, (allowed or DOCUMENTED_PER_MINUTE) / DOCUMENTED_PER_MINUTE)
