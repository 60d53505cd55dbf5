"""Look and name of methods and their blocked variants, the same in every figure."""

from proda.figures.style import literal
from proda.parameters.methods import BLOCKED, METHODS

__all__ = ["SOURCES", "source_colour", "source_label", "source_look", "source_order"]

# Methods first, each in the order of all tables, and then the variants.
SOURCES = METHODS | BLOCKED
# Maps the methods are compared with are grey.
REFERENCE = "0.62"


def source_order(names):
    """Methods and variants in the order of all tables, then reference maps in that of ``names``."""
    return [name for name in SOURCES if name in names] + [n for n in names if n not in SOURCES]


def source_colour(name):
    """Its colour; grey where it is none of ours."""
    return SOURCES[name].colour if name in SOURCES else REFERENCE


def source_label(name):
    """What a legend calls it; the name itself where it is none of ours, as of a reference map."""
    if name not in SOURCES:
        return literal(name)
    return SOURCES[name].label + (", held out" if name in BLOCKED else "")


def source_look(name):
    """Colour and style of its line: that of the method, dashed for a variant."""
    return {"color": SOURCES[name].colour, "linestyle": "--" if name in BLOCKED else "-"}
