"""Does the net catch fish? Puts each fault into a copy of the project and runs the tests that have to notice.

    python -m tests.mutants [--by-invariants] [part of a name ...]

With --by-invariants the state machine alone has to notice, within 150 examples; as many without any mutant, first,
take minutes.

Prints one JSON line a mutant, {"mutant", "caught_by", "caught"}, and a last one with how many were killed. Exit code 0
only if all were. The work tree is never touched.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dashboard.embedded import services
from tests.mutants.catalogue import INVARIANTS, MUTANTS, OF_THE_DESIGN, Mutant

BY_INVARIANTS = "--by-invariants"
PATIENCE_S = 1200
FOUND, FAILED = 0, 1


class CannotTell(RuntimeError):
    """The tests could not run as they should, so nothing is known about the mutant."""


def main(wanted: Sequence[str]) -> int:
    """Judge all mutants, or those whose name holds one of the words; return the exit code."""
    words = [word for word in wanted if word != BY_INVARIANTS]
    chosen = [each for each in MUTANTS if not words or any(word in each.name for word in words)]
    if BY_INVARIANTS in wanted:
        chosen = [replace(each, tests=(INVARIANTS,)) for each in chosen]
    # The database belongs to another user where root runs this: every folder above must let it pass.
    folder = Path(tempfile.mkdtemp(prefix="wrapups-mutants-"))
    folder.chmod(0o711)
    try:
        with services.running(folder / "services", durable=False) as places:
            copy = _copied(folder / "copy")
            run = Run(copy, places.database_url)
            run.control(sorted({test for each in chosen for test in each.tests}))
            caught = [each for each in chosen if _judged(each, run)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    names = {each.name for each in OF_THE_DESIGN}
    design = [each for each in chosen if each.name in names]
    killed = sum(each in caught for each in design)
    _say({"killed": f"{killed}/{len(design)}", "our_own": f"{len(caught) - killed}/{len(chosen) - len(design)}"})
    return 0 if len(caught) == len(chosen) else 1


class Run:
    """Runs tests of the copy, all on one database that is made once."""

    def __init__(self, copy: Path, database_url: str) -> None:
        self.copy = copy
        self._environment = {**os.environ, "DATABASE_URL": database_url, "INVARIANTS": "mutants"}

    def control(self, tests: Sequence[str]) -> None:
        """Make the database and see all tests pass without a mutant; raise CannotTell where one does not."""
        code, said = self._pytest(tests, "--create-db")
        if code != FOUND:
            raise CannotTell(f"Without any mutant the tests do not pass:\n{_errors(said)}")

    def caught_by(self, mutant: Mutant) -> list[str]:
        """Return the tests that notice, each with the invariant it names."""
        code, said = self._pytest(mutant.tests, "--reuse-db")
        if code not in (FOUND, FAILED):
            raise CannotTell(f"{mutant.name}: the tests did not run:\n{_errors(said)}")
        failed = re.findall(r"^FAILED (\S+)", said, re.MULTILINE)
        broken = sorted(set(re.findall(r"\b(I\d+): ", said)), key=lambda number: int(number[1:]))
        return [*failed, *broken]

    def _pytest(self, tests: Sequence[str], *options: str) -> tuple[int, str]:
        # One seed for all: what a mutant is caught by is what the control, with the same examples, did not meet.
        quiet = (
            "-q",
            "-m",
            "long or not long",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
            "--hypothesis-seed=0",
            "--tb=short",
            "-rf",
        )
        command = [sys.executable, "-m", "pytest", *quiet, *options, *tests]
        done = subprocess.run(
            command,
            cwd=self.copy,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


def _errors(said: str) -> str:
    """Return what pytest said of errors, without the steps that led there, and the end of its output."""
    told = [line for line in said.splitlines() if "Error" in line or line.startswith("FAILED")]
    return "\n".join([*told[:20], said[-2000:]])


def _judged(mutant: Mutant, run: Run) -> bool:
    with _put_in(mutant, run.copy):
        caught_by = run.caught_by(mutant)
    _say({"mutant": mutant.name, "caught_by": caught_by, "caught": bool(caught_by)})
    return bool(caught_by)


@contextmanager
def _put_in(mutant: Mutant, copy: Path) -> Iterator[None]:
    """Change the copy for as long as the block lasts; raise CannotTell where the text is not there exactly once."""
    file = copy / mutant.file
    sound = mutated = file.read_text()
    for old, new in mutant.patches:
        if mutated.count(old) != 1:
            raise CannotTell(f"{mutant.name}: {mutant.file} holds {mutated.count(old)} times what it replaces: {old!r}")
        mutated = mutated.replace(old, new)
    _write(file, mutated)
    try:
        yield
    finally:
        _write(file, sound)


def _write(file: Path, text: str) -> None:
    """Write a module and forget its byte code, which is kept by the second and could outlive a quick change."""
    file.write_text(text)
    shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)


def _copied(target: Path) -> Path:
    """Return a copy of everything git knows of, or would take in."""
    root = Path(__file__).parents[2]
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, target / name)
    return target


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
