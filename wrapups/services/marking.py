"""What this thread is at work on: every line of its log says so, and whoever observes is told of its beginning and end.

Marks are our own keys: of a request, an organization, a person, an assignment. Never a name, nor anything a customer
said. They belong to the thread, so that code that logs need not know them.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

Mark = int | str
Observer = Callable[[str], AbstractContextManager[object]]
"""Is told what begins; its block ends when that does, while the marks still stand."""

_observers: list[Observer] = []


@contextmanager
def marked(what: str = "", **marks: Mark) -> Iterator[None]:
    """Let every line logged within the block carry these marks besides those of the block around it.

    `what` names a piece of work that observers are told of; without it none is.
    """
    before = get_contextvars()
    bind_contextvars(**marks)
    try:
        with ExitStack() as observing:
            for observer in _observers if what else ():
                observing.enter_context(observer(what))
            yield
    finally:
        clear_contextvars()
        bind_contextvars(**before)


def mark(**marks: Mark) -> None:
    """Add marks that became known only within a block; they end with it."""
    bind_contextvars(**marks)


def forget() -> None:
    """Let no mark stand, whatever block it came from."""
    clear_contextvars()


def marks() -> dict[str, Mark]:
    """Return all marks that stand now."""
    return get_contextvars()


def observe(observer: Observer) -> None:
    """Tell an observer, from now on, of every piece of work that has a name."""
    _observers.append(observer)
