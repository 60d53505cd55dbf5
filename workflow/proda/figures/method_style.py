"""Label, colour, line and order of the methods, the same in every figure.

Colours and order come from the register of methods, labels from the projections of the run
(``proda.evaluation.labels``). A learner's blocked variant has the colour of the learner and a
dashed line. Any other name is that of a reference map, drawn in grey.
"""

from collections.abc import Iterable
from typing import Any

from proda.evaluation.labels import Labels
from proda.figures.style import literal
from proda.parameters.methods import METHODS, blocked_names, is_blocked, method_label, method_of

__all__ = [
    "figure_label",
    "is_method",
    "known_methods",
    "line_style",
    "method_colour",
    "method_order",
    "two_lines",
]

REFERENCE_COLOUR = "0.62"
# Of the part of a label in brackets; more would not fit beside an axis.
MAX_LETTERS = 26


def known_methods() -> list[str]:
    """Names of all methods in the order of all tables, then those of the blocked variants."""
    return [*METHODS, *blocked_names(METHODS)]


def is_method(name: str) -> bool:
    """Whether a name is that of a method or blocked variant; otherwise it is a reference map's."""
    return name in METHODS or name in blocked_names(METHODS)


def method_order(names: Iterable[str]) -> list[str]:
    """Methods and variants in the order of all tables, then reference maps in that of ``names``."""
    names = list(names)
    methods = [name for name in known_methods() if name in names]
    return methods + [name for name in names if not is_method(name)]


def method_colour(name: str) -> str:
    """Colour of a method or of its blocked variant; grey for a reference map."""
    return method_of(name).colour if is_method(name) else REFERENCE_COLOUR


def line_style(name: str) -> dict[str, Any]:
    """Colour and style of the line of a method, dashed for a blocked variant."""
    return {"color": method_colour(name), "linestyle": "--" if is_blocked(name) else "-"}


def figure_label(name: str, labels: Labels | None = None) -> str:
    """What figures call a method, its blocked variant or a reference map.

    Parameters
    ----------
    name
        Of the method, variant or map.
    labels
        Labels of the run; the register's where a method is not among them. The name in brackets
        that ends a label is shortened.
    """
    if not is_method(name):
        return literal(name)
    label = (labels or {}).get(name) or method_label(name)
    head, bracket, detail = label.partition(" (")
    detail = detail.removesuffix(")")
    if len(detail) > MAX_LETTERS:
        detail = detail[: MAX_LETTERS - 1].rstrip(" .,_-") + "…"
    return literal(f"{head}{bracket}{detail})" if bracket else head)


def two_lines(label: str) -> str:
    """A label with its part in brackets on a line of its own."""
    return label.replace(" (", "\n(", 1)
