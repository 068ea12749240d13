"""What ten thousand failures cost whoever has them sent again, and what fresh work feels of it.

As `lanes`, but by the pages: two supervisors ask for a preview of everything that failed and confirm theirs, each by a
double click, all at the same moment; a worker goes through both acts in pieces. Fresh work is timed before and after.
Some of the failures are of mixed causes, each message with ids and numbers of its own; the page of causes is read.
"""

from collections.abc import Iterator, Mapping

from benchmarks import Figure, lanes
from benchmarks._product import load_product

OPTIONS = lanes.OPTIONS
AIM_ANSWER_S = 2.0


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Time fresh work before and after the act, and the clicks for it."""
    load_product()
    from benchmarks import _bulk

    run = lanes.run_by(options, _bulk.by_two_people)
    grouped = run.asked.grouped
    yield _figure("mixed failures", grouped.rows, "assignments")
    yield _figure("causes that they show as", grouped.shown, "causes", at_most=grouped.causes)
    yield _figure("page of the causes, read", grouped.seconds, "s")
    yield _figure("page of the causes, SQL statements", grouped.statements, "statements")
    yield _figure("assignments of the act", run.asked.rows, "assignments")
    for name, clicks in (("preview", run.asked.previews), ("confirmation", run.asked.confirmations)):
        slowest = max(click.seconds for click in clicks)
        yield _figure(f"{name}, slowest of four clicks at once", slowest, "s", at_most=AIM_ANSWER_S)
        yield _figure(f"{name}, most SQL statements", max(click.statements for click in clicks), "statements")
        refused = sum(click.status != 302 for click in clicks)
        yield _figure(f"{name}, clicks that were not answered", refused, "clicks", at_most=0)
    yield _figure("sent again more than once", run.sent_again_twice, "assignments", at_most=0)
    yield _figure("to be sent again in the end", run.retries_left, "assignments")
    yield from lanes.of_fresh_work("bulk", run, ("before", "while it goes on", "while it goes on / before"))


def _figure(figure: str, value: float, unit: str, **aim: float) -> Figure:
    return Figure("bulk", figure, value, unit, **aim)
