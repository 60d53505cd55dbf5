"""Colours and labels of the mechanisms, the same in every figure."""

from proda.figures.style import COLOURS
from proda.model.mechanisms import MECHANISMS, get_mechanism

__all__ = ["mechanism_colour", "mechanism_label"]

_COLOURS = {
    mechanism.name: colour for mechanism, colour in zip(MECHANISMS, COLOURS[:6], strict=True)
}


def mechanism_colour(name: str) -> str:
    """Colour of a mechanism."""
    return _COLOURS[name]


def mechanism_label(name: str) -> str:
    """Label of a mechanism on two lines, to stand beside an axis."""
    return get_mechanism(name).label.replace(" ", "\n", 1)
