"""How figures show the bulk processes: names, units, factors and scales."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, NullLocator

__all__ = ["SHOWN", "TRUTH_STYLE", "ShownProcess", "logarithmic_ticks", "shown_process"]


@dataclass(frozen=True)
class ShownProcess:
    """A process in figures.

    Attributes
    ----------
    title
        Its name.
    unit
        In the notation of mathematics; empty for a number.
    factor
        From the unit of the process to this one.
    logarithmic
        Whether its scale is.
    """

    title: str
    unit: str = ""
    factor: float = 1.0
    logarithmic: bool = False

    @property
    def label(self) -> str:
        """Name and unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


PER_YEAR = "yr$^{-1}$"
STOCK = "kg C m$^{-2}$"
SHOWN = {
    "carbon_use_efficiency": ShownProcess("Carbon use efficiency"),
    "decomposition_rate": ShownProcess("Decomposition rate", PER_YEAR, logarithmic=True),
    "environmental_modifier": ShownProcess("Environmental modifier"),
    "transport_rate": ShownProcess("Transport rate", PER_YEAR, logarithmic=True),
    "input_mean_depth": ShownProcess("Depth of carbon input", "m"),
    "turnover_time": ShownProcess("Turnover time", "yr", logarithmic=True),
    "soc_stock_0_100cm": ShownProcess("SOC stock, 0–100 cm", STOCK, 1e-3, logarithmic=True),
    "soc_stock": ShownProcess("SOC stock, whole depth", STOCK, 1e-3, logarithmic=True),
}

TRUTH_STYLE: dict[str, Any] = {"color": "0.55", "linewidth": 2.6, "zorder": 1}
"""Of a line of what is true in a synthetic world."""


def shown_process(name: str) -> ShownProcess:
    """How a process is shown.

    Raises
    ------
    KeyError
        For one that no figure shows.
    """
    return SHOWN[name]


def logarithmic_ticks(axis: Axis) -> None:
    """Ticks of a logarithmic axis: few decades have few powers of ten."""
    low, high = axis.get_view_interval()
    decades = np.log10(high / low)
    subs = (1,) if decades > 2.5 else (1, 3) if decades > 1.2 else (1, 2, 5)
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter("{x:g}")
