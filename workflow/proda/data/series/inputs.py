"""Carbon input of every year, in one of four ways.

accumulated  the input itself by pool and layer, as the study's own version of CLM writes it
fluxes       litterfall and mortality, divided among pools and layers as CLM divides them
vegetation   the flux from vegetation to litter, in the shares by pool and layer of the static input
npp          the static input times r(t), a running mean over years of NPP(t) / NPP(base years)

Monthly amounts are those of the flux; with npp the same every day of a year. A ratio r below 0 or
above 10 is refused, and so is a cell without NPP or input in the base years.
"""

from typing import NamedTuple, Protocol

import numpy as np

from proda.arrays import FloatArray, Mask
from proda.data.land_model.history import Field
from proda.data.land_model.litter.common import root_profile
from proda.data.land_model.litter.fluxes import (
    PROFILES,
    REQUIRED,
    Organ,
    fluxes_in,
    unit_profile,
)
from proda.data.series.mapping import CellMap
from proda.data.series.static import StaticForcing
from proda.data.series.years import HistoryYears
from proda.errors import InputError
from proda.model.constants import DAYS_IN_MONTH, DAYS_PER_YEAR, MONTHS_PER_YEAR
from proda.model.grid import SoilGrid
from proda.model.structure import Structure

__all__ = [
    "AUTO",
    "FLUX_FIELDS",
    "MAX_RATIO",
    "VEGETATION_FLUX",
    "WAYS",
    "LitterYear",
    "YearlyInput",
    "annual_npp",
    "choose_way",
    "npp_ratio",
    "running_mean",
    "vegetation_flux",
    "yearly_input",
]

AUTO = "auto"
WAYS = ("accumulated", "fluxes", "vegetation", "npp")
"""In the order in which they are taken."""
MAX_RATIO = 10.0
GRAMS = 1000.0  # per kilogram
VEGETATION_FLUX, CMIP_NPP, NPP = "fVegLitter", "npp", "NPP"
FLUX_FIELDS = {
    # kg m-2 s-1: a forest that falls within a day; the amount of rounding.
    VEGETATION_FLUX: Field((VEGETATION_FLUX,), ("kg m-2 s-1",), 0.0, 1e-2, 1e-12),
    CMIP_NPP: Field((CMIP_NPP,), ("kg m-2 s-1",), -1e-6, 1e-6),
}
"""Fluxes by their CMIP names."""


class LitterYear(NamedTuple):
    """Carbon input of a year to CWD and three litter pools in n cells.

    Attributes
    ----------
    monthly
        (n, 4, 12) gC m-2 in each month.
    by_layer
        (n, 4, layers) gC m-3 yr-1; None where it is not known.
    """

    monthly: FloatArray
    by_layer: FloatArray | None


class YearlyInput(Protocol):
    """A way to the carbon input."""

    def year(self, year: int) -> LitterYear:
        """Input of the year of this position."""


def choose_way(years: HistoryYears, structure: Structure, way: str) -> str:
    """The way that is named, or the first that the files can serve.

    Parameters
    ----------
    years
        The history.
    structure
        Its accumulated inputs.
    way
        One of WAYS or AUTO.

    Raises
    ------
    InputError
        If the files do not serve it, or none.
    """
    accumulated = [name for field in structure.land_model.litter_inputs for name in field.sources]
    npp = [] if CMIP_NPP in years else [NPP]
    needed = dict(zip(WAYS, (accumulated, REQUIRED, [VEGETATION_FLUX], npp), strict=True))
    lacking = {way: [name for name in names if name not in years] for way, names in needed.items()}
    if way != AUTO:
        if lacking[way]:
            expected = f"fields for litter_input: {way}, {', '.join(lacking[way])}"
            raise InputError(years.history.files, expected, "none of that name")
        return way
    for name in WAYS:
        if not lacking[name]:
            return name
    found = "; ".join(f"for {name} no {', '.join(names)}" for name, names in lacking.items())
    where = f"litter input in one of {len(WAYS)} ways (transient.forcing.litter_input)"
    raise InputError(years.history.files, where, found)


def yearly_input(
    way: str,
    years: HistoryYears,
    structure: Structure,
    static: StaticForcing,
    cells: CellMap,
    ratio: FloatArray | None = None,
) -> YearlyInput:
    """The carbon input in the way that `choose_way` found.

    Parameters
    ----------
    way
        One of WAYS.
    years
        The history.
    structure
        Its accumulated inputs and its grid.
    static
        Of the cells.
    cells
        Weights of the history's cells.
    ratio
        (years, n) of NPP, for ``npp``.
    """
    if way == "accumulated":
        names = [field.sources[0] for field in structure.land_model.litter_inputs]
        years.require(names)
        return _Accumulated(years, names, structure.grid, cells)
    if way == "fluxes":
        fluxes = fluxes_in(years.fields)
        years.require([*fluxes, *(name for name in PROFILES if name in years)])
        return _Fluxes(years, fluxes, structure.grid, cells)
    if way == "vegetation":
        years.require([VEGETATION_FLUX])
        return _Vegetation(years, static, cells)
    assert ratio is not None
    return _Scaled(static, ratio)


class _Accumulated(NamedTuple):
    years: HistoryYears
    names: list[str]
    grid: SoilGrid
    cells: CellMap

    def year(self, year: int) -> LitterYear:
        """Sum the layers of every pool."""
        monthly, by_layer = [], []
        for name in self.names:
            values = self.cells.mean(self.years.read(name, year, layered=True))
            length = np.ones(MONTHS_PER_YEAR)
            if self.years.fields.unit(name) == "gC m-3 s-1":
                length = self.years.seconds(name, year)
            monthly.append((values @ self.grid.thickness) * length)
            by_layer.append(np.einsum("nml,m->nl", values, length))
        return LitterYear(np.stack(monthly, axis=1), np.stack(by_layer, axis=1))


class _Fluxes(NamedTuple):
    years: HistoryYears
    fluxes: dict[str, Organ]
    grid: SoilGrid
    cells: CellMap

    def year(self, year: int) -> LitterYear:
        """Fluxes of the organs times their depth profiles, on the grid of the history."""
        total: FloatArray | None = None
        for name in PROFILES:
            amount = self._amounts(name, year)
            for pool in np.flatnonzero(amount.reshape(len(amount), -1).any(axis=1)):
                mapped = self.cells.mean(amount[pool][:, None] * self._profile(name, year))
                if total is None:
                    total = np.zeros((len(mapped), len(amount), *mapped.shape[1:]))
                total[:, pool] += mapped
        assert total is not None  # some fluxes are required
        return LitterYear(total @ self.grid.thickness, total.sum(axis=2))

    def _amounts(self, profile: str, year: int) -> FloatArray:
        """What enters along a profile, (4, 12, lat, lon) gC m-2 in each month."""
        amounts = []
        for name, organ in self.fluxes.items():
            if organ.profile == profile:
                flux = self.years.read(name, year)
                flux = flux * self.years.seconds(name, year)[:, None, None]
                amounts.append(np.multiply.outer(organ.share, flux))
        return np.asarray(np.sum(amounts, axis=0))

    def _profile(self, name: str, year: int) -> FloatArray:
        """Depth profile of every month, (12, layers, lat, lon) m-1; that of roots if one lacks."""
        if all(profile in self.years for profile in PROFILES):
            return unit_profile(self.years.read(name, year, layered=True), self.grid)
        return root_profile(self.grid)[None, :, None, None]


class _Vegetation(NamedTuple):
    years: HistoryYears
    static: StaticForcing
    cells: CellMap

    def year(self, year: int) -> LitterYear:
        """Amounts of the flux in the shares of the static input."""
        share, by_layer = self.static.shares()
        amount = vegetation_flux(self.years, year, self.cells)
        yearly = amount.sum(axis=1)
        return LitterYear(
            share[:, :, None] * amount[:, None],
            None if by_layer is None else by_layer * yearly[:, None, None],
        )


class _Scaled(NamedTuple):
    static: StaticForcing
    ratio: FloatArray

    def year(self, year: int) -> LitterYear:
        """The static input times the ratio, the same every day."""
        assert self.static.litter is not None  # of structures that take it from the land model
        part = np.array(DAYS_IN_MONTH) / DAYS_PER_YEAR
        factor, layered = self.ratio[year], self.static.litter_by_layer
        return LitterYear(
            (self.static.litter * factor[:, None])[..., None] * part,
            None if layered is None else layered * factor[:, None, None],
        )


def vegetation_flux(years: HistoryYears, year: int, cells: CellMap) -> FloatArray:
    """Carbon from vegetation to litter in the months of a year, (n, 12) gC m-2.

    Parameters
    ----------
    years
        The history.
    year
        Position in the period.
    cells
        Weights of the history's cells.
    """
    flux = cells.mean(years.read(VEGETATION_FLUX, year))
    return flux * GRAMS * years.seconds(VEGETATION_FLUX, year)


def annual_npp(years: HistoryYears, count: int, cells: CellMap) -> FloatArray:
    """NPP of every year, (years, n) gC m-2.

    Parameters
    ----------
    years
        The history.
    count
        Number of years.
    cells
        Weights of the history's cells.
    """
    name, factor = (NPP, 1.0) if NPP in years else (CMIP_NPP, GRAMS)
    years.require([name])
    npp = [
        cells.mean(years.read(name, i)) @ (years.seconds(name, i) * factor) for i in range(count)
    ]
    return np.stack(npp)


def running_mean(values: FloatArray, length: int) -> FloatArray:
    """Running mean along the first axis.

    The window of an even length holds one value more before its year than after; at the ends it
    has the years there are.

    Parameters
    ----------
    values
        (years, ...).
    length
        Of the window.
    """
    n = len(values)
    total = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    first = np.maximum(np.arange(n) - length // 2, 0)
    after = np.minimum(np.arange(n) + (length + 1) // 2, n)
    width = (after - first).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray((total[after] - total[first]) / width)


def npp_ratio(npp: FloatArray, base: slice, length: int) -> tuple[FloatArray, Mask]:
    """Running mean of NPP over that of the base years.

    Parameters
    ----------
    npp
        (years, n) gC m-2 yr-1.
    base
        Positions of the base years.
    length
        Of the running mean, years.

    Returns
    -------
    ratio
        (years, n), NaN without NPP in the base years.
    without
        (n,) cells whose NPP in the base years is known and not above 0.
    """
    mean = npp[base].mean(axis=0)
    without = ~(mean > 0.0)
    smooth = running_mean(npp, length)
    ratio = np.divide(smooth, mean, out=np.full_like(smooth, np.nan), where=~without)
    return ratio, without & np.isfinite(mean)
