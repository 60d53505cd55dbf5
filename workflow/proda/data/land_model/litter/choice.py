"""Which way to litter input the files can serve, and the check against net primary production."""

import logging
from collections.abc import Sequence

import numpy as np
import xarray as xr

from proda.arrays import Grid
from proda.data.field_check import check_field
from proda.data.land_model.field_table import FIELDS as COMMON
from proda.data.land_model.field_table import litter_input_field
from proda.data.land_model.history import History, Years
from proda.data.land_model.litter import budget, fluxes
from proda.data.land_model.litter.common import (
    LitterInput,
    Shares,
    Source,
    by_root_profile,
)
from proda.data.land_model.substitutes import HistoryFields
from proda.errors import InputError
from proda.model.grid import SoilGrid
from proda.model.structure import LandField

__all__ = [
    "ACCUMULATED",
    "AUTO",
    "METHODS",
    "annual_dataset",
    "choose_method",
    "ratio_to_npp",
    "read_litter_input",
]

AUTO = "auto"
ACCUMULATED = "accumulated"
METHODS = (ACCUMULATED, "fluxes", "budget", "npp")
"""In the order in which they are taken."""

# In a run near steady state litter is NPP less what burns, is harvested and grows.
USUAL_RATIO = (0.7, 1.2)

logger = logging.getLogger(__name__)


def choose_method(
    history: History,
    grid: SoilGrid,
    inputs: tuple[LandField, ...],
    method: str = AUTO,
    shares: Shares | None = None,
) -> str:
    """The way to litter input: the one that is named, or the first that the files can serve.

    Parameters
    ----------
    history
        The files.
    grid
        Soil layers.
    inputs
        The accumulated inputs of the structure.
    method
        One of METHODS or AUTO.
    shares
        Of NPP, if stated.

    Raises
    ------
    InputError
        If the files do not serve it, or none.
    """
    source = _source(history, grid, None)
    accumulated = [name for field in inputs for name in field.sources]
    source.fields.table |= {name: litter_input_field(name) for name in accumulated}
    lacking = {
        ACCUMULATED: _absent(source, accumulated),
        "fluxes": _absent(source, fluxes.REQUIRED),
        "budget": [] if budget.serves_budget(source) is not None else ["a budget of each pool"],
        "npp": _absent(source, ["NPP"]) + ([] if shares else ["npp_shares"]),
    }
    for name in METHODS:
        if name == method or (method == AUTO and not lacking[name]):
            if lacking[name]:
                expected = f"fields for litter_input: {name}, {', '.join(lacking[name])}"
                raise InputError(history.files, expected, "none of that name")
            return name
    found = "; ".join(f"for {name} no {', '.join(names)}" for name, names in lacking.items())
    raise InputError(
        history.files,
        f"litter input in one of {len(METHODS)} ways (forcing.clm.litter_input)",
        found,
        "docs/global.md names the fields of each",
    )


def read_litter_input(
    history: History,
    grid: SoilGrid,
    method: str,
    shares: Shares | None = None,
    years: Years = None,
) -> LitterInput:
    """Annual litter input from standard fields.

    Parameters
    ----------
    history
        The files.
    grid
        Soil layers.
    method
        ``fluxes``, ``budget`` or ``npp``, as `choose_method` found it.
    shares
        Of NPP, for ``npp``.
    years
        First and last; all if None.

    Raises
    ------
    InputError
        For what the files lack, units and impossible values.
    """
    source = _source(history, grid, years)
    if method == "fluxes":
        return fluxes.read_fluxes(source)
    if method == "budget":
        ending = budget.serves_budget(source)
        assert ending is not None  # choose_method has found it
        return budget.read_budget(source, ending)
    assert shares is not None
    pools = [shares[name] for name in ("cwd", "metabolic", "cellulose", "lignin")]
    total = np.multiply.outer(pools, np.maximum(source.annual("NPP"), 0.0))
    stated = ", ".join(f"{name} {share:g}" for name, share in shares.items())
    text = f"net primary production in shares ({stated}); over depth as roots"
    return LitterInput(by_root_profile(total, grid), text)


def annual_dataset(
    history: History, grid: SoilGrid, found: LitterInput, years: Years = None
) -> xr.Dataset:
    """Variables of the forcing, with the source and the ratio to NPP as attributes.

    Parameters
    ----------
    history
        The files.
    grid
        Soil layers.
    found
        Of `read_litter_input`.
    years
        First and last; all if None.

    Raises
    ------
    InputError
        For inputs of a year that no vegetation has.
    """
    total = (found.by_layer * grid.thickness[:, None, None]).sum(axis=1)
    where = f"{history.files}: litter input"
    axes = [("lat", history.lat), ("lon", history.lon)]
    check_field("litter_input", total.sum(axis=0), where, axes)
    what = "annual carbon input to the litter pools"
    attrs = {"units": "g m-2 year-1", "long_name": what}
    layered = {"units": "g m-3 year-1", "long_name": f"{what}, by layer"}
    result = xr.Dataset(
        {
            "litter_input": (("pool", "lat", "lon"), total, attrs),
            "litter_input_by_layer": (("pool", "layer", "lat", "lon"), found.by_layer, layered),
        },
        attrs={"litter_input_source": found.source},
    )
    ratio = ratio_to_npp(history, grid, total.sum(axis=0), years)
    return result.assign_attrs(ratio)


def ratio_to_npp(
    history: History, grid: SoilGrid, total: Grid, years: Years = None
) -> dict[str, str]:
    """Attribute with litter input over NPP in the cells that have both; a warning if unusual.

    Parameters
    ----------
    history
        The files.
    grid
        Soil layers.
    total
        (lat, lon) gC m-2 yr-1.
    years
        First and last; all if None.
    """
    source = _source(history, grid, years)
    if "NPP" not in source.fields:
        return {}
    npp = source.annual("NPP")
    both = np.isfinite(total) & np.isfinite(npp) & (npp > 1.0) & (total > 0.0)
    if not both.any():
        return {}
    low, median, high = np.quantile(total[both] / npp[both], [0.05, 0.5, 0.95])
    text = f"median {median:.3g} (5-95 %: {low:.3g} to {high:.3g}) of {int(both.sum())} cells"
    level = logging.INFO if USUAL_RATIO[0] <= median <= USUAL_RATIO[1] else logging.WARNING
    logger.log(level, "litter input over NPP: %s", text)
    return {"litter_input_over_npp": text}


def _source(history: History, grid: SoilGrid, years: Years) -> Source:
    fields = HistoryFields(history)
    fields.table |= COMMON | fluxes.FIELDS | budget.FIELDS
    return Source(history, fields, grid, years)


def _absent(source: Source, names: Sequence[str]) -> list[str]:
    return [name for name in names if name not in source.fields]
