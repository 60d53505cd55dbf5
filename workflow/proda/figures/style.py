"""Style of all figures: fonts, sizes, colours distinct to every reader, and how they are saved."""

import unicodedata
from collections.abc import Iterable
from pathlib import Path

import matplotlib
from cycler import cycler
from matplotlib.figure import Figure

from proda.files import atomic_path

matplotlib.use("Agg")

__all__ = [
    "COLOURS",
    "DOUBLE_COLUMN",
    "PAGE_HEIGHT",
    "SINGLE_COLUMN",
    "apply_style",
    "literal",
    "save",
]

# Widths of a journal page, inches.
SINGLE_COLUMN, DOUBLE_COLUMN = 3.5, 7.2
# Height of a figure that leaves space for its caption.
PAGE_HEIGHT = 9.5

# Of a name in a title or beside an axis.
MAX_LETTERS = 80

# Okabe and Ito 2008: distinct also with colour vision deficiency and in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def apply_style() -> None:
    """Set the defaults of matplotlib for a figure at journal column width."""
    matplotlib.rcParams.update(
        {
            "font.family": "sans-serif",
            "font.size": 8,
            "axes.titlesize": 8,
            "axes.labelsize": 8,
            "xtick.labelsize": 7,
            "ytick.labelsize": 7,
            "legend.fontsize": 7,
            "legend.frameon": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.linewidth": 0.6,
            "lines.linewidth": 1.2,
            "figure.dpi": 100,
            "savefig.dpi": 300,
            "pdf.fonttype": 42,
            "axes.prop_cycle": cycler(color=COLOURS),
        }
    )


def literal(text: object) -> str:
    """A text of the user, such as the name of a profile or a map, that matplotlib draws unchanged.

    Matplotlib reads text between two dollar signs as mathematics, and fails where it is not.
    Invisible characters become spaces, and long texts are cut.
    """
    text = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in str(text))
    text = text if len(text) <= MAX_LETTERS else text[: MAX_LETTERS - 1] + "…"
    return text.replace("$", r"\$")


def save(figure: Figure, paths: Iterable[str | Path]) -> None:
    """Write a figure to every path (png, pdf), atomically and without a time stamp.

    Empty ones stand for formats that are not wanted.
    """
    for path in (path for path in paths if path):
        metadata = {"CreationDate": None} if Path(path).suffix == ".pdf" else {"Software": None}
        with atomic_path(path) as temporary:
            figure.savefig(temporary, metadata=metadata)
        # The next file has the layout of the first, which is not computed again.
        figure.set_layout_engine("none")
