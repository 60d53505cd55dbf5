"""Look and name of methods and their held-out variants, the same in every figure."""

from proda.projection.methods import HELD_OUT, METHODS

__all__ = ["SOURCES", "source_label", "source_look"]

# Methods first, each in the order of all tables, and then the variants.
SOURCES = METHODS | HELD_OUT


def source_label(name):
    """What a legend calls it; the name itself where it is none of ours, as of a reference map."""
    if name not in SOURCES:
        return name
    return SOURCES[name].label + (", held out" if name in HELD_OUT else "")


def source_look(name):
    """Colour and style of its line: that of the method, dashed where held out."""
    return {"color": SOURCES[name].colour, "linestyle": "--" if name in HELD_OUT else "-"}
