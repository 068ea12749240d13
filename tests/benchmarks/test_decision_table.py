"""The table that engines are compared on must mean the same in every engine's words."""

from benchmarks import _decision_table
from wrapups.domain.rules import compile_release, decide


def test_the_same_seed_gives_the_same_table_and_communications():
    assert _decision_table.rows(40, 7) == _decision_table.rows(40, 7)
    assert _decision_table.communications(20, 7) == _decision_table.communications(20, 7)


def test_a_row_means_the_same_to_us_and_as_an_expression():
    row = _decision_table.Row("code", ("q1", "q2"), "voice", ("res-1",), ("more", 30), "44")

    assert _decision_table.rule_engine_expression(row) == (
        'queue in ["q1", "q2"] and media == "voice" and disposition in ["res-1"] and duration_s > 30 '
        'and ani =~ "tel:[+]44.*"'
    )


def test_some_but_not_all_communications_match():
    release = compile_release(_decision_table.our_rules(_decision_table.rows(1000, 1)))

    matched = [decide(release, facts).rule is not None for facts in _decision_table.communications(200, 2)]

    assert 0.5 < sum(matched) / len(matched) < 1
