"""The faults of `make mutants` still fit the code, so that the command does not find out after half an hour."""

from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_what_a_mutant_replaces_is_there_exactly_once(mutant: Mutant):
    text = (ROOT / mutant.file).read_text()

    for old, new in mutant.patches:
        assert text.count(old) == 1, old
        text = text.replace(old, new)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_tests_that_have_to_notice_are_there(mutant: Mutant):
    for test in mutant.tests:
        file, _, name = test.partition("::")

        assert f"def {name.split('[')[0]}" in (ROOT / file).read_text()
