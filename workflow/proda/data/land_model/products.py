"""Results of the Community Land Model itself: its soil carbon and its net primary production."""

import xarray as xr

from proda.arrays import Columns, Grid
from proda.data.field_check import check_field, require_nonzero
from proda.data.land_model.datasets import dataset_of
from proda.data.land_model.field_table import FIELDS
from proda.data.land_model.history import History, Paths, Years
from proda.data.land_model.substitutes import HistoryFields
from proda.data.land_model.vertical import checked_nodes
from proda.model.constants import DAYS_PER_YEAR

__all__ = ["read_clm_carbon", "read_clm_npp"]

SECONDS_PER_YEAR = 86400 * DAYS_PER_YEAR
SOIL_POOLS = ("SOIL1C_vr", "SOIL2C_vr", "SOIL3C_vr")


def read_clm_carbon(paths: Paths, nodes: Columns, years: Years = None) -> xr.Dataset:
    """Read CLM's own soil carbon, for comparison with the fitted model.

    Parameters
    ----------
    paths : path, glob pattern or list of them
        The history files.
    nodes : (n,) array
        Depths in m; values are interpolated in depth where the file has other levels.
    years : (first, last), optional
        Model years to use.

    Returns
    -------
    xarray.Dataset
        soil_carbon_density gC m-3 on (layer, lat, lon), the sum of the three soil pools
        (SOIL1C_vr.. or SOM_ACT_C_vr.. since CTSM 5.1).

    Raises
    ------
    InputError
        As `proda.data.land_model.soil_forcing.read_clm_soil`.
    """
    history = History(paths)
    fields, pools = HistoryFields(history), [FIELDS[name] for name in SOIL_POOLS]
    history.require(*pools)
    nodes = checked_nodes(nodes)
    first, *others = (fields.layers(name, nodes, "all", years)[0] for name in SOIL_POOLS)
    density = sum(others, start=first)
    axes = [("depth", nodes), ("lat", history.lat), ("lon", history.lon)]
    check_field("soc_density", density, history.where(*pools), axes)
    attrs = {"units": "g m-3", "long_name": "density of soil organic carbon of CLM, all pools"}
    variables = {"soil_carbon_density": (("layer", "lat", "lon"), density, attrs)}
    return dataset_of(variables, history, fields, nodes)


def read_clm_npp(paths: Paths, years: Years = None) -> xr.Dataset:
    """Read the net primary production of CLM: mean, smallest and largest annual total.

    Parameters
    ----------
    paths : path, glob pattern or list of them
        The history files.
    years : (first, last), optional
        Model years to use.

    Returns
    -------
    xarray.Dataset
        npp_mean, npp_min, npp_max in gC m-2 yr-1 on (lat, lon), from gC m-2 s-1 by 86400 * 365,
        and the attribute of the years used.

    Raises
    ------
    InputError
        As `proda.data.land_model.soil_forcing.read_clm_soil`.
    """
    history, field = History(paths), FIELDS["NPP"]
    annual = history.mean(field, "year", years=years)
    annual *= SECONDS_PER_YEAR
    axes = [("year", None), ("lat", history.lat), ("lon", history.lon)]
    check_field("npp", annual, history.where(field), axes)
    require_nonzero(annual, history.where(field), "net primary production")
    variables = {
        "npp_mean": _npp(annual.mean(axis=0), "mean of years"),
        "npp_min": _npp(annual.min(axis=0), "smallest year"),
        "npp_max": _npp(annual.max(axis=0), "largest year"),
    }
    period = history.period(field, years)
    return dataset_of(variables, history, HistoryFields(history), period=period)


def _npp(values: Grid, which: str) -> tuple[tuple[str, ...], Grid, dict[str, str]]:
    long_name = f"carbon mass of annual net primary production, {which}"
    return ("lat", "lon"), values, {"units": "g m-2 year-1", "long_name": long_name}
