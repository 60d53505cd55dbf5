"""What is printed at the end of a run, and the numbers within its sentences."""

import dataclasses
import json
import math
import re
import time

import pytest

from proda.__main__ import main
from proda.summary.command import summary_lines
from proda.summary.document import Summary
from proda.summary.facts import Estimate
from proda.summary.sentences import Paragraph
from proda.summary.wording import amount, count, joined, number, percent, with_interval

SUMMARY = Summary(
    "plains",
    (
        Paragraph("Run", "Dataset plains."),
        Paragraph("Best method", "Hybrid predicts soil carbon best. " * 5, answer=True),
        Paragraph("Convergence", "All."),
    ),
    ("Beware.",),
    (),
)


def test_the_answer_the_cautions_the_pages_and_the_time_are_printed(tmp_path, capsys):
    content = {"summary": dataclasses.asdict(SUMMARY)}
    (tmp_path / "summary.json").write_text(json.dumps(content))
    (tmp_path / "report.html").touch()
    assert main(["summary", str(tmp_path), "--since", str(time.time() - 822)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "Best method" and "Convergence" not in lines and "Run" not in lines
    assert "  Caution: Beware." in lines
    # There is no explorer here.
    assert lines[-2] == str(tmp_path / "report.html")
    assert re.fullmatch(r"took 13 min 4\d s", lines[-1])
    assert main(["summary", str(tmp_path / "nowhere")]) == 2
    assert "expected the summary of a run, found none" in capsys.readouterr().err


def test_lines_fit_the_terminal():
    lines = summary_lines(SUMMARY, width=40)
    assert max(map(len, lines)) <= 40 and len(lines) > 6


@pytest.mark.parametrize(
    ("value", "text"),
    [(1138.4, "1,138"), (100.0, "100"), (52.53, "52.5"), (7.549, "7.55"), (0.1, "0.10"),
     (0.0602, "0.06"), (0.0004, "0"), (-0.0004, "0"), (0.0, "0"), (-4.0, "−4.00"),
     (math.nan, "unknown")],
)  # fmt: skip
def test_numbers_have_about_three_digits_and_no_exponent(value, text):
    assert number(value) == text


def test_intervals_counts_fractions_and_lists():
    assert with_interval(Estimate(2.0, 1.0, 3.0), "95 %") == "2.00 (95 %: 1.00 to 3.00)"
    assert with_interval(Estimate(2.0)) == "2.00"
    assert count(1, "profile") == "1 profile" and count(1200, "profile") == "1,200 profiles"
    assert amount(1, 3, "profile") == "1 of 3 profiles"
    assert [percent(x) for x in (0, 0.004, 0.5, 0.996, 1)] == [
        "0 %", "less than 1 %", "50 %", "more than 99 %", "100 %"
    ]  # fmt: skip
    assert joined([]) == "" and joined(["a"]) == "a" and joined(["a", "b", "c"]) == "a, b and c"
