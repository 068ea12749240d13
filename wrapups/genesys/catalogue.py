"""Pages of the catalogue's listings, as the entity listings of the API render them."""

from collections.abc import Callable
from typing import TypeVar

from wrapups.domain.catalogue import AgentSeen, CataloguePage, CodeSeen, DiallerMapping, DivisionSeen, QueueSeen
from wrapups.genesys.fields import Json, moment, number, record, records, required_text, text, texts

Item = TypeVar("Item")


def page_of(answer: object, item: Callable[[Json], Item]) -> CataloguePage[Item]:
    """Return one page of an entity listing. Raises Unclear where the answer makes no sense."""
    listing = record(answer, "answer")
    items = tuple(item(entity) for entity in records(listing, "entities"))
    return CataloguePage(
        items,
        page=number(listing, "pageNumber") or 1,
        page_count=number(listing, "pageCount") or 0,
        total=number(listing, "total") or 0,
    )


def code(entity: Json) -> CodeSeen:
    """Return a WrapupCode."""
    return CodeSeen(
        id=required_text(entity, "id"),
        name=text(entity, "name"),
        division_id=_division_id(entity),
        description=text(entity, "description"),
    )


def queue(entity: Json) -> QueueSeen:
    """Return a Queue with its after-call work settings."""
    acw = record(entity.get("acwSettings") or {}, "acwSettings")
    return QueueSeen(
        id=required_text(entity, "id"),
        name=text(entity, "name"),
        division_id=_division_id(entity),
        acw_prompt=text(acw, "wrapupPrompt"),
        acw_timeout_ms=number(acw, "timeoutMs"),
        modified_at=moment(entity, "dateModified"),
    )


def division(entity: Json) -> DivisionSeen:
    """Return an AuthzDivision."""
    return DivisionSeen(id=required_text(entity, "id"), name=text(entity, "name"))


def agent(entity: Json) -> AgentSeen:
    """Return a User."""
    return AgentSeen(
        id=required_text(entity, "id"),
        name=text(entity, "name"),
        email=text(entity, "email"),
        state=text(entity, "state"),
        division_id=_division_id(entity),
    )


def dialler_mapping(answer: object) -> DiallerMapping:
    """Return a WrapUpCodeMapping. Raises Unclear where the answer makes no sense."""
    mapping = record(answer, "answer")
    of_codes = record(mapping.get("mapping") or {}, "mapping")
    return DiallerMapping({code_id: texts(of_codes, code_id) for code_id in of_codes}, texts(mapping, "defaultSet"))


def _division_id(entity: Json) -> str | None:
    return text(record(entity.get("division") or {}, "division"), "id") or None
