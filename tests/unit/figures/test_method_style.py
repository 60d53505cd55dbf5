"""Labels, colours and order of methods are those of the register and of the run."""

import pytest

from proda.figures.method_style import (
    figure_label,
    line_style,
    method_colour,
    method_order,
    two_lines,
)
from proda.parameters.methods import METHODS, Kind, Method, blocked_name

LEARNER = next(name for name, method in METHODS.items() if method.kind is Kind.LEARNER)


def test_methods_come_in_the_order_of_the_register_and_maps_last():
    names = ["WISE30sec", blocked_name(LEARNER), *reversed(METHODS)]
    assert method_order(names) == [*METHODS, blocked_name(LEARNER), "WISE30sec"]


def test_every_method_has_a_colour_of_its_own_and_maps_are_grey():
    colours = [method_colour(name) for name in METHODS]
    assert len(set(colours)) == len(METHODS)
    assert method_colour("WISE30sec") not in colours
    assert line_style(LEARNER) == {"color": METHODS[LEARNER].colour, "linestyle": "-"}
    assert line_style(blocked_name(LEARNER))["linestyle"] == "--"
    assert method_colour(blocked_name(LEARNER)) == METHODS[LEARNER].colour


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("CLM5 parameters", "CLM5 parameters"),
        ("CLM4.5 parameters", "CLM4.5 parameters"),
        ("CLM history (case b.e21)", "CLM history (case b.e21)"),
        ("CLM history (case $x$)", r"CLM history (case \$x\$)"),
        (f"CLM history (file {'x' * 30})", f"CLM history (file {'x' * 20}…)"),
    ],
)
def test_the_default_run_is_called_what_the_run_calls_it(label, shown):
    assert figure_label("default", {"default": label}) == shown
    assert "CLM" not in figure_label("default")


def test_other_labels_are_those_of_the_register():
    assert figure_label(LEARNER, {"default": "CLM5 parameters"}) == METHODS[LEARNER].label
    assert figure_label(blocked_name(LEARNER)) == f"{METHODS[LEARNER].label}, held out"
    assert figure_label("map of $5") == r"map of \$5"
    assert two_lines("CLM history (case b (c))") == "CLM history\n(case b (c))"


def test_a_new_method_needs_its_record_alone(monkeypatch):
    added = Method("literature", Kind.GIVEN, "Literature", "#123456")
    monkeypatch.setitem(METHODS, added.name, added)
    assert method_order(["literature", "default"]) == ["default", "literature"]
    assert figure_label("literature") == "Literature"
    assert line_style("literature") == {"color": "#123456", "linestyle": "-"}
