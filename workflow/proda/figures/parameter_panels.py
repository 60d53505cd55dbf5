"""Small multiples with one panel per parameter, in the order of the processes."""

import textwrap
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from proda.arrays import Counts, FloatArray
from proda.errors import InputError
from proda.figures.style import DOUBLE_COLUMN, apply_style
from proda.model.parameters import ParameterTable

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
# Ranges within this are in thousandths, because longer numbers do not fit below a panel.
SMALL = 0.1


def process_order(table: ParameterTable) -> Counts:
    """Indices (n,) of the parameters, those of one process beside each other."""
    processes = list(dict.fromkeys(table.processes))
    return np.argsort([processes.index(process) for process in table.processes], kind="stable")


def parameter_name(name: str) -> str:
    """Name of a parameter in words."""
    words = {"soc": "SOC", "cwd": "CWD", "q10": "Q$_{10}$", "efolding": "e-folding", "to": "→"}
    return " ".join(words.get(word, word) for word in name.split("_"))


def plain(number: float, _: float | None = None) -> str:
    """A number without exponent and trailing zeros; also a formatter of matplotlib."""
    return np.format_float_positional(float(f"{number:.6g}"), trim="-").replace("-", "−")


def parameter_panels(
    table: ParameterTable, panel_height: float, sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """Figure with a panel per parameter.

    The panels are in the order of ``process_order``; a title names parameter and unit, which is
    that of physical values times ``panel_factor``. Places behind the last parameter stay empty.

    Parameters
    ----------
    table
        The parameters.
    panel_height
        Of a row, in inches.
    sharey
        Whether all panels have one y axis.

    Returns
    -------
    tuple
        The figure and its axes in the order of the table.
    """
    apply_style()
    rows = -(-len(table) // COLUMNS)
    size = (DOUBLE_COLUMN, panel_height * rows + 0.4)
    figure, grid = plt.subplots(rows, COLUMNS, figsize=size, layout="constrained", sharey=sharey)
    for axis in grid.flat[len(table) :]:
        axis.set_axis_off()
    axes = {}
    for axis, k in zip(grid.flat, process_order(table), strict=False):
        title = panel_title(table, k, panel_factor(table, k))
        axis.set_title(title, fontsize=6.5, pad=4, linespacing=1.1)
        axis.tick_params(labelsize=6, length=2, pad=1.5)
        axes[k] = axis
    return figure, [axes[k] for k in range(len(table))]


def check_parameters(name: str, values: npt.ArrayLike, table: ParameterTable) -> FloatArray:
    """Values as an array (n, parameters of the table).

    Raises
    ------
    InputError
        For another shape.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or values.shape[1] != len(table):
        raise InputError(name, f"shape (n, {len(table)})", f"shape {values.shape}")
    return values


def panel_factor(table: ParameterTable, k: int) -> float:
    """Factor of the physical values of parameter ``k`` in panels: 1000 or 1."""
    return 1000.0 if max(abs(table.minimum[k]), abs(table.maximum[k])) <= SMALL else 1.0


def panel_title(table: ParameterTable, k: int, factor: float = 1.0) -> str:
    """Name and unit of parameter ``k`` in lines of similar length that fit above a panel.

    Parameters
    ----------
    table
        The parameters.
    k
        Index of the parameter.
    factor
        1 or 1000, by which the values shown are multiplied.
    """
    # Lines are wrapped before the notation of the unit makes it longer than it appears.
    unit = "" if table.units[k] == "1" else table.units[k]
    unit = " ".join(["10-3"] * (factor != 1.0) + [unit] * bool(unit))
    written, unit = _unit_text(unit), unit and f"({unit.replace(' ', '~')})"
    text = f"{parameter_name(table.names[k])} {unit}".strip()
    wrap = partial(textwrap.wrap, text, break_on_hyphens=False, break_long_words=False)
    lines = len(wrap(TITLE_LETTERS))
    title = "\n".join(next(t for w in range(8, TITLE_LETTERS + 1) if len(t := wrap(w)) == lines))
    return title.replace(unit, f"({written})") if unit else title


def _unit_text(unit: str) -> str:
    """``m2 yr-1`` in the notation of mathematics."""
    parts = []
    for part in unit.split():
        letters = "10" if part.startswith("10") else part.rstrip("-0123456789")
        power = part[len(letters) :]
        parts.append(letters + (f"$^{{{power}}}$" if power else ""))
    return " ".join(parts)
