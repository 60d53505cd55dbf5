"""Panels at exact places: sizes in inches, measured from the top left corner of the figure.

Maps keep their proportions, so only a layout by hand gives all panels one size and aligns their
letters.
"""

from collections.abc import Iterator
from itertools import chain, product
from string import ascii_uppercase
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from proda.figures.style import apply_style

__all__ = ["colour_bar", "letters", "new_figure", "place", "write", "write_letter"]

WIDTH_OF_LETTER = 0.09  # of a panel, inches


def new_figure(width: float, height: float) -> Figure:
    """Empty figure in the style of all figures."""
    apply_style()
    return plt.figure(figsize=(width, height))


def place(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes whose top left corner lies ``left`` and ``top`` from that of the figure."""
    across, down = figure.get_size_inches()
    bottom = down - top - height
    return figure.add_axes((left / across, bottom / down, width / across, height / down))


def write(figure: Figure, left: float, top: float, text: str, **style: Any) -> Text:
    """Write ``text`` at a place; by default the place is the middle of the text."""
    across, down = figure.get_size_inches()
    style = {"ha": "center", "va": "center", **style}
    return figure.text(left / across, 1 - top / down, text, **style)


def letters() -> Iterator[str]:
    """A, B, ... Z, AA, AB, ..."""
    return chain(ascii_uppercase, map("".join, product(ascii_uppercase, repeat=2)))


def write_letter(axis: Axes, text: str, left: float = 0.0, above: float = 0.0) -> None:
    """Write a panel letter, its top left corner in that of ``axis``; moved by inches.

    A second letter goes to the left, away from the panel.
    """
    left -= WIDTH_OF_LETTER * (len(text) - 1)
    move = ScaledTranslation(left, above, axis.figure.dpi_scale_trans)
    axis.text(
        0, 1, text, transform=axis.transAxes + move, fontsize=9, fontweight="bold", va="top"
    )  # fmt: skip


def colour_bar(
    figure: Figure,
    colours: ScalarMappable,
    place_of_bar: tuple[float, float, float, float],
    **style: Any,
) -> Colorbar:
    """Colour bar of ``colours`` in (left, top, width, height); returns the bar."""
    axis = place(figure, *place_of_bar)
    _, _, width, height = place_of_bar
    direction = "horizontal" if width > height else "vertical"
    bar = figure.colorbar(colours, cax=axis, orientation=direction, **style)
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(length=2, width=0.4, pad=1.5, labelsize=7)
    return bar
