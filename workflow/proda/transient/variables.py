"""What is written of every year: CMIP names, so that tools for land models read the files.

Stocks are means over the year, those with the suffix ``End`` the state at its end. Turnover is the
stock of all pools over heterotrophic respiration; the land model's woody debris respires nothing.
"""

from typing import NamedTuple

import numpy as np

from proda.arrays import FloatArray
from proda.model.transient import YearResult
from proda.projection.stocks import KILOGRAM
from proda.transient.reduce import DEPTHS, SOC_GROUPS

__all__ = [
    "LEVELS",
    "POOLS",
    "VARIABLES",
    "Variable",
    "columns_of",
    "variables_of",
    "yearly_values",
]

SECONDS_PER_YEAR = 365.0 * 86400.0
POOLS, LEVELS = "soilpools", "sdepth"


class Variable(NamedTuple):
    """A variable of the yearly files.

    Attributes
    ----------
    name, units, long_name, standard_name
        As in the files.
    axis
        Name of a further axis, or None.
    at_end
        Whether it is the state at the end of the year and not its mean.
    """

    name: str
    units: str
    long_name: str
    standard_name: str | None = None
    axis: str | None = None
    at_end: bool = False


_SOIL = "soil_mass_content_of_carbon"
VARIABLES = (
    Variable("cSoil", "kg m-2", "carbon mass in soil organic carbon", _SOIL),
    Variable("cSoilEnd", "kg m-2", "carbon mass in soil organic carbon at the end of the year",
             _SOIL, at_end=True),
    Variable("cSoilPools", "kg m-2", "carbon mass in each pool of soil organic carbon", _SOIL,
             POOLS),
    Variable("cSoilLevels", "kg m-2", "carbon mass in soil organic carbon between two depths",
             _SOIL, LEVELS),
    Variable("cLitter", "kg m-2", "carbon mass in litter", "litter_mass_content_of_carbon"),
    Variable("cCwd", "kg m-2", "carbon mass in coarse woody debris",
             "wood_debris_mass_content_of_carbon"),
    Variable("rh", "kg m-2 s-1", "carbon mass flux into the atmosphere by heterotrophic "
             "respiration", "surface_upward_mass_flux_of_carbon_dioxide_expressed_as_carbon_due_to_"
             "heterotrophic_respiration"),
    Variable("fVegLitter", "kg m-2 s-1", "carbon mass flux from vegetation into litter and woody "
             "debris", "mass_flux_of_carbon_into_litter_from_vegetation"),
    Variable("turnoverTime", "year", "carbon of all pools over heterotrophic respiration"),
)  # fmt: skip
RADIOCARBON_VARIABLES = (
    Variable("d14cSoil", "1e-3", "Delta 14C of soil organic carbon"),
    Variable("d14cSoilLevels", "1e-3", "Delta 14C of soil organic carbon between two depths",
             axis=LEVELS),
)  # fmt: skip

LENGTHS = {None: 1, POOLS: SOC_GROUPS.stop - SOC_GROUPS.start, LEVELS: len(DEPTHS)}


def variables_of(radiocarbon: bool) -> tuple[Variable, ...]:
    """The variables of a run with or without radiocarbon."""
    return (*VARIABLES, *(RADIOCARBON_VARIABLES if radiocarbon else ()))


def columns_of(variables: tuple[Variable, ...]) -> dict[str, slice]:
    """Where each variable is among the numbers of a year."""
    found, first = {}, 0
    for variable in variables:
        found[variable.name] = slice(first, first + LENGTHS[variable.axis])
        first += LENGTHS[variable.axis]
    return found


def yearly_values(result: YearResult, mean: FloatArray, end: FloatArray) -> FloatArray:
    """The numbers of VARIABLES of n columns in a year.

    Parameters
    ----------
    result
        Of the year.
    mean, end
        (n, groups, depths) stocks of its mean and of its end, gC m-2.

    Returns
    -------
    ndarray
        (n, numbers) in the order of ``columns_of``.
    """
    soc = mean[:, SOC_GROUPS] / KILOGRAM
    levels = soc.sum(axis=1)
    cwd, litter = (mean[:, k].sum(axis=1) / KILOGRAM for k in (0, 1))
    total = levels.sum(axis=1)
    respiration = result.respiration / KILOGRAM
    with np.errstate(divide="ignore", invalid="ignore"):
        turnover = np.where(respiration > 0.0, (total + litter + cwd) / respiration, np.nan)
    numbers = (
        total,
        end[:, SOC_GROUPS].sum(axis=(1, 2)) / KILOGRAM,
        *soc.sum(axis=2).T,
        *levels.T,
        litter,
        cwd,
        respiration / SECONDS_PER_YEAR,
        result.carbon_input / KILOGRAM / SECONDS_PER_YEAR,
        turnover,
    )
    return np.stack(numbers, axis=1)
