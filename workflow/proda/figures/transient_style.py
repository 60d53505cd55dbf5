"""How parameter sets look in figures of runs through time: solid where parameters vary in space."""

from collections.abc import Iterable
from typing import Any

from proda.evaluation.labels import Labels
from proda.figures.method_style import figure_label, method_colour, method_order
from proda.figures.process_style import TRUTH_STYLE
from proda.parameters.methods import SITE_BY_SITE
from proda.transient.parameter_sets import SITE_MEAN, TRUTH, is_heterogeneous, set_label

__all__ = ["ordered_sets", "set_colour", "set_look", "set_name"]


def ordered_sets(names: Iterable[str]) -> list[str]:
    """The truth first, then methods in the order of all figures, then the mean of the sites."""
    names = list(names)
    extra = (TRUTH, SITE_MEAN)
    return [
        *(name for name in names if name == TRUTH),
        *method_order(name for name in names if name not in extra),
        *(name for name in names if name == SITE_MEAN),
    ]


def set_name(name: str, labels: Labels | None = None) -> str:
    """What figures call a set."""
    return set_label(name, labels) if name in (TRUTH, SITE_MEAN) else figure_label(name, labels)


def set_colour(name: str) -> str:
    """Colour of a set."""
    if name == TRUTH:
        return str(TRUTH_STYLE["color"])
    return method_colour(SITE_BY_SITE.name if name == SITE_MEAN else name)


def set_look(name: str) -> dict[str, Any]:
    """Colour and style of the line of a set: dashed for parameters that are the same everywhere."""
    if name == TRUTH:
        return dict(TRUTH_STYLE)
    line = "--" if is_heterogeneous(name) is False else "-"
    return {"color": set_colour(name), "linestyle": line, "linewidth": 1.2}
