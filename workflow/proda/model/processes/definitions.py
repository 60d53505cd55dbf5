"""Names, units and descriptions of the bulk processes, in the order of their arrays.

Two definitions of a quantity stand side by side where the public code of the later study (Tao et
al. 2023) differs from what the quantity means; the name of that code's definition ends with
``_later_code``.
"""

from enum import IntEnum
from typing import NamedTuple

__all__ = [
    "DEPTHS",
    "MAX_TURNOVER_TIME",
    "PROCESSES",
    "PROCESS_NAMES",
    "RESULTING",
    "Process",
    "ProcessStatus",
    "process_of",
]

# Lower limits of the depths from the surface whose stocks and turnover times are given, by label.
DEPTHS = {"0_30cm": 0.3, "0_100cm": 1.0, "0_200cm": 2.0}

# Longer turnover times are no turnover: soil is younger, and the later study leaves such cells out.
MAX_TURNOVER_TIME = 1e5  # yr


class Process(NamedTuple):
    """A quantity of a column: name, unit (UDUNITS) and description."""

    name: str
    units: str
    long_name: str


class ProcessStatus(IntEnum):
    """Whether a column has bulk processes, or the reason why all of them are NaN."""

    DEFINED = 0
    NO_INPUT = 1  # no carbon enters, hence there is none that could turn over
    NO_STEADY_STATE = 2  # carbon enters a layer that cannot lose it, or nothing ever decomposes
    NOT_FINITE = 3  # a pool or a parameter is not a number
    NO_TURNOVER = 4  # the turnover time exceeds MAX_TURNOVER_TIME: frozen, dry, or too deep


def _by_depth(name: str, units: str, text: str) -> list[Process]:
    """A quantity down to each of DEPTHS and of the whole column."""
    shallow = [
        Process(f"{name}_{label}", units, f"{text} in 0-{depth:g} m")
        for label, depth in DEPTHS.items()
    ]
    return [*shallow, Process(name, units, f"{text} in the whole column")]


PROCESSES = (
    Process("carbon_input", "g m-2 year-1", "carbon input to litter and woody debris"),
    Process("input_mean_depth", "m", "mean depth at which carbon enters the soil"),
    Process("input_beta", "1", "root-profile parameter beta with that mean depth of input"),
    Process(
        "input_beta_later_code",
        "1",
        "root-profile parameter beta, inverted at the nodes of the layers as in the later code",
    ),
    Process("decomposition_rate", "year-1", "baseline decomposition rate of soil organic carbon"),
    Process("carbon_use_efficiency", "1", "carbon use efficiency of litter and SOC decomposition"),
    Process(
        "carbon_use_efficiency_with_cwd",
        "1",
        "carbon use efficiency of litter, SOC and woody debris decomposition",
    ),
    Process(
        "carbon_use_efficiency_later_code",
        "1",
        "carbon use efficiency of litter and SOC decomposition, of fluxes without limitation by "
        "oxygen and nitrogen as in the later code",
    ),
    Process("transport_rate", "year-1", "vertical transport rate of soil organic carbon"),
    Process("environmental_modifier", "1", "environmental modifier of SOC decomposition"),
    Process(
        "environmental_modifier_later_code",
        "1",
        "environmental modifier of SOC decomposition, product of annual means without oxygen as in "
        "the later code",
    ),
    Process("respiration", "g m-2 year-1", "heterotrophic respiration"),
    *_by_depth("turnover_time", "year", "turnover time, SOC stock per carbon input,"),
    *_by_depth("soc_stock", "g m-2", "stock of soil organic carbon"),
)

RESULTING = ("turnover_time", "soc_stock_0_100cm", "soc_stock")
"""Names of the processes that are mapped of what results from the mechanisms."""


def process_of(name: str) -> Process:
    """The process of a name.

    Raises
    ------
    KeyError
        If there is none.
    """
    return {process.name: process for process in PROCESSES}[name]


PROCESS_NAMES = [process.name for process in PROCESSES]
