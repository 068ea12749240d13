"""What people do about single assignments, and what they publish."""

import pytest
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.invariants.happenings import MOST_LEGS
from tests.invariants.judging import Judged
from tests.invariants.model import AGENTS_OWN, RULEBOOKS, Row
from tests.services.centre import OTHER, WANTED
from wrapups.domain.status import LIVE, Status
from wrapups.models import Assignment
from wrapups.services import retrying
from wrapups.services.auditing import Actor
from wrapups.services.correcting import CannotCorrect, correct


class Persons(Judged):
    """Each act is one person's; some are tried by two."""

    @precondition(lambda self: self.model.rows)
    @rule(book=st.sampled_from(sorted(RULEBOOKS)), decides_again=st.booleans())
    def publish(self, book: str, decides_again: bool) -> None:
        self._publish(book, decides_again=decides_again)

    @precondition(lambda self: self._any("conflict"))
    @rule()
    def insist(self) -> None:
        row = next(row for row in self.model.rows.values() if row.status == Status.CONFLICT)
        retrying.insist(Assignment.everywhere.get(pk=row.pk), actor=self.actor, reason="We know better")

    @precondition(lambda self: self._any("failed"))
    @rule()
    def retry(self) -> None:
        row = next(row for row in self.model.rows.values() if row.status == Status.FAILED)
        new = retrying.retry(Assignment.everywhere.get(pk=row.pk), actor=self.actor, reason="Mended")
        self._sent_again([row], [new])

    @precondition(lambda self: self._any("failed"))
    @rule()
    def retry_all(self) -> None:
        """I15: every row asked for is accounted for; what may have been written is read; asking again does nothing."""
        asked = list(self.model.rows)
        failed = [row for row in self.model.rows.values() if row.status == Status.FAILED]
        done = retrying.retry_all(self.organization, asked, actor=self.actor, reason="Mended")
        again = retrying.retry_all(self.organization, asked, actor=self.actor, reason="Mended")
        after = self._rows(self.organization)
        assert done.sent_again + done.read_first + done.left_alone == len(asked), f"I15: {done} for {len(asked)} rows"
        assert done.sent_again + done.read_first == len(failed), f"I15: {done} for {len(failed)} failed rows"
        assert again.left_alone == len(asked), f"I15: asked twice, {again}"
        self._sent_again(failed, [Status(after[row.pk].status) for row in failed])

    @precondition(lambda self: self._any("pending", "failed", "conflict"))
    @rule(place=st.integers(0, MOST_LEGS - 1))
    def cancel(self, place: int) -> None:
        rows = [row for row in self.model.rows.values() if row.status in {"pending", "failed", "conflict"}]
        row = Assignment.everywhere.get(pk=rows[place % len(rows)].pk)
        retrying.cancel(row, actor=self.actor, reason="Not this one")

    @precondition(lambda self: self._correctable())
    @rule(place=st.integers(0, MOST_LEGS - 1), sale=st.booleans(), may_overwrite=st.booleans())
    def correct(self, place: int, sale: bool, may_overwrite: bool) -> None:
        """I15: of whoever asks for the same again, and of who wants another code there, only the first is followed."""
        rows = self._correctable()
        row = Assignment.everywhere.get(pk=rows[place % len(rows)].pk)
        over = row.communication.code_id
        first, other = (OTHER, WANTED) if sale else (WANTED, OTHER)

        def ask(code: str, actor: Actor) -> Assignment:
            how = {"over": over, "reason": "It was a sale", "may_overwrite": may_overwrite}
            return correct(row, code=self.centre.codes[code], actor=actor, **how)

        try:
            made = ask(first, self.actor)
        except CannotCorrect as why:
            event(f"not corrected: {why}")
            return
        theirs = over == self.centre.code(AGENTS_OWN)
        assert may_overwrite or not theirs, "I6: corrected an agent's code for somebody who may not"
        assert ask(first, self.colleague).pk == made.pk, "I15: the same correction was made twice"
        with pytest.raises(CannotCorrect):
            ask(other, self.colleague)

    def _correctable(self) -> list[Row]:
        newest = {row.communication_id: row for row in self.model.rows.values()}  # in the order in which they were made
        return [row for row in newest.values() if row.status not in LIVE]
