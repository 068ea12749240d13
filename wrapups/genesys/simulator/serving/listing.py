"""Pages of a list, as every catalogue operation answers them."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any, Protocol, TypeVar

from wrapups.genesys.simulator.call import Answer, Call, answer

DEFAULT_PAGE_SIZE = 25


class Listed(Protocol):
    """Something of the catalogue that has an id and a name."""

    id: str
    name: str


Item = TypeVar("Item", bound=Listed)


def asked_for(items: Iterable[Item], call: Call) -> list[Item]:
    """Return the items the query's `id` and `name` ask for; a name may begin or end with `*`, case does not count."""
    ids, name = call.ids("id"), call.request.query.get("name", "").lower()
    return [
        item for item in items if (not ids or item.id in ids) and (not name or fnmatchcase(item.name.lower(), name))
    ]


def page(call: Call, bodies: Sequence[dict[str, Any]]) -> Answer:
    """Return the page of an entity listing that pageSize (default 25) and pageNumber (from 1) ask for."""
    size = call.number("pageSize", DEFAULT_PAGE_SIZE, maximum=call.simulation.switches.catalogue_max_page_size)
    number = call.number("pageNumber", 1)
    count = max(1, -(-len(bodies) // size))

    def uri(to: int) -> str:
        return f"{call.request.path}?pageSize={size}&pageNumber={to}"

    listing: dict[str, Any] = {
        "entities": bodies[(number - 1) * size : number * size],
        "pageSize": size,
        "pageNumber": number,
        "total": len(bodies),
        "pageCount": count,
        "firstUri": uri(1),
        "lastUri": uri(count),
        "selfUri": uri(number),
    }
    if number < count:
        listing["nextUri"] = uri(number + 1)
    if number > 1:
        listing["previousUri"] = uri(number - 1)
    return answer(listing)
