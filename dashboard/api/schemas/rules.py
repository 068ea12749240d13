"""Rules as a file: what is sent out, and what may be handed in."""

from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import BaseModel, Field, StrictBool, StrictStr

from dashboard.api.schemas.fields import Told
from dashboard.api.schemas.releases import Number
from wrapups.domain.conditions import MAX_CONDITIONS
from wrapups.domain.rule_blocks import FORMAT
from wrapups.domain.rule_plan import Fate

MOST_AT_ONCE = 500
"""More do not go into a request of the largest size that is read."""


class RulesAsked(BaseModel):
    release: Annotated[
        Number | None, Field(description="The number of any release. Left out: the draft, or else the one in force.")
    ] = None


Asked = Query[RulesAsked]


class RuleBlock(Told):
    """One whole rule: what is left out is as a new rule has it. Names stand for ids, which may follow in brackets."""

    name: StrictStr
    identity: Annotated[StrictStr, Field(description="The same in every release. Left out: by the name, or new.")] = ""
    enabled: StrictBool = True
    when: Annotated[
        list[StrictStr],
        Field(
            max_length=MAX_CONDITIONS,
            description="Conditions that all must hold; none for always.",
            examples=[["queue is one of 'Billing EU', 'Refunds'", "disposition.CRM is 'REF-OK'"]],
        ),
    ]
    code: Annotated[StrictStr, Field(examples=["Refund granted"])]
    notes: StrictStr = ""
    owner: Annotated[StrictStr, Field(description="A user name.")] = ""
    tags: list[StrictStr] = []
    remark: StrictStr = ""
    valid_from: StrictStr = ""
    valid_until: StrictStr = ""
    policies: dict[str, Any] = {}


class RuleFile(BaseModel):
    """The rules of a release, in order: a file for git, which `import` takes as it is."""

    format: Literal[FORMAT] = FORMAT  # type: ignore[valid-type]
    rules: list[RuleBlock]


class RulesIn(Told):
    """A file of rules, and what shall be done with it. Without a word it is only looked at."""

    format: Literal[FORMAT] = FORMAT  # type: ignore[valid-type]
    rules: Annotated[list[RuleBlock], Field(max_length=MOST_AT_ONCE)]
    dry_run: Annotated[StrictBool, Field(description="Say what would change, and change nothing.")] = True
    whole: Annotated[StrictBool, Field(description="These are all rules: remove others, and take their order.")] = False
    good_ones_only: Annotated[StrictBool, Field(description="Take in the good rules without the refused ones.")] = False


class RuleOutcome(BaseModel):
    """What becomes of one rule; `number` is its place in the request, from 1."""

    number: int
    outcome: Fate
    name: str
    reason: str | None


class RulesImported(BaseModel):
    """What a file would change, or has changed, in the draft; rules that stay as they are, are only counted."""

    dry_run: bool
    added: int
    changed: int
    unchanged: int
    refused: int
    removed: int
    rules: list[RuleOutcome]
