"""Small multiples with one panel per parameter, in the order of the processes."""

import textwrap
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from proda.errors import InputError
from proda.figures.style import DOUBLE_COLUMN, apply_style

__all__ = [
    "check_parameters",
    "panel_factor",
    "panel_title",
    "parameter_name",
    "parameter_panels",
    "plain",
    "process_order",
]

COLUMNS = 5
# The longest line that fits above a panel.
TITLE_LETTERS = 25
# Ranges within this are in thousandths, as more figures do not fit below a panel.
SMALL = 0.1


def process_order(table):
    """Indices (n,) of the parameters, those of one process beside each other."""
    processes = list(dict.fromkeys(table.processes))
    return np.argsort([processes.index(process) for process in table.processes], kind="stable")


def parameter_name(name):
    """A parameter's name as people write it."""
    words = {"soc": "SOC", "cwd": "CWD", "q10": "Q$_{10}$", "efolding": "e-folding", "to": "→"}
    return " ".join(words.get(word, word) for word in name.split("_"))


def plain(number, _=None):
    """A number without exponent and trailing zeros; also a formatter of matplotlib."""
    return np.format_float_positional(float(f"{number:.6g}"), trim="-").replace("-", "−")


def parameter_panels(table, panel_height, **sharing):
    """Figure and its axes, in the order of ``table``, of height ``panel_height`` (inches) a row.

    The panels stand in the order of ``process_order``; a title names parameter and unit, which is
    for physical values times ``panel_factor``. Places behind the last parameter stay empty.
    sharing: ``sharex`` and ``sharey`` of matplotlib.
    """
    apply_style()
    rows = -(-len(table) // COLUMNS)
    size = (DOUBLE_COLUMN, panel_height * rows + 0.4)
    figure, grid = plt.subplots(rows, COLUMNS, figsize=size, layout="constrained", **sharing)
    for axis in grid.flat[len(table) :]:
        axis.set_axis_off()
    axes = [None] * len(table)
    for axis, k in zip(grid.flat, process_order(table), strict=False):
        title = panel_title(table, k, panel_factor(table, k))
        axis.set_title(title, fontsize=6.5, pad=4, linespacing=1.1)
        axis.tick_params(labelsize=6, length=2, pad=1.5)
        axes[k] = axis
    return figure, axes


def check_parameters(name, values, table):
    """``values`` as (n, parameters of ``table``). Raises InputError for another shape."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or values.shape[1] != len(table):
        raise InputError(name, f"shape (n, {len(table)})", f"shape {values.shape}")
    return values


def panel_factor(table, k):
    """What physical values of parameter ``k`` are multiplied with in panels: 1000 or 1."""
    return 1000.0 if max(abs(table.minimum[k]), abs(table.maximum[k])) <= SMALL else 1.0


def panel_title(table, k, factor=1.0):
    """Name and unit of parameter ``k`` in lines of like length that fit above a panel.

    factor: 1 or 1000, with which the values shown are multiplied.
    """
    # The unit is one word, wrapped before its notation makes it longer than it looks.
    unit = "" if table.units[k] == "1" else table.units[k]
    unit = " ".join(["10-3"] * (factor != 1.0) + [unit] * bool(unit))
    written, unit = _unit_text(unit), unit and f"({unit.replace(' ', '~')})"
    text = f"{parameter_name(table.names[k])} {unit}".strip()
    wrap = partial(textwrap.wrap, text, break_on_hyphens=False, break_long_words=False)
    lines = len(wrap(TITLE_LETTERS))
    title = "\n".join(next(t for w in range(8, TITLE_LETTERS + 1) if len(t := wrap(w)) == lines))
    return title.replace(unit, f"({written})") if unit else title


def _unit_text(unit):
    """``m2 yr-1`` in the notation of mathematics."""
    parts = []
    for part in unit.split():
        letters = "10" if part.startswith("10") else part.rstrip("-0123456789")
        power = part[len(letters) :]
        parts.append(letters + (f"$^{{{power}}}$" if power else ""))
    return " ".join(parts)
