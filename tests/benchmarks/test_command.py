"""`python -m benchmarks`: one JSON line a figure, and clear words for what there is not."""

import json

import pytest

from benchmarks import Figure
from benchmarks.__main__ import main


@pytest.mark.parametrize(
    ("aim", "said", "met"),
    [
        ({}, None, None),
        ({"at_most": 60}, "at most 60", True),
        ({"at_most": 59}, "at most 59", False),
        ({"at_least": 60}, "at least 60", True),
        ({"at_least": 0.95}, "at least 0.95", True),
        ({"at_least": 61}, "at least 61", False),
    ],
)
def test_a_figure_says_its_aim_and_whether_it_is_met(aim, said, met):
    figure = Figure("rules", "decide, median", 60.0, "us", **aim)

    line = json.loads(json.dumps(figure.as_json()))

    assert line == {"bench": "rules", "figure": "decide, median", "value": 60, "unit": "us", "aim": said, "met": met}


@pytest.mark.parametrize("names", [["colour"], ["rules,colour"], ["rules", "colour"]])
def test_an_unknown_bench_is_refused_with_the_names_there_are(names, capsys):
    with pytest.raises(SystemExit) as leaving:
        main(names)

    assert leaving.value.code == 2
    assert "there is no bench colour; choose from" in capsys.readouterr().err
