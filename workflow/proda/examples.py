"""Example soil columns: the matrix model with CLM's default parameters."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from proda.arrays import FloatArray, Layers
from proda.errors import InputError
from proda.files import StrPath
from proda.model import AnnualForcing
from proda.model.default_runs import default_model, default_parameters
from proda.model.layout import POOLS
from proda.model.structures import STUDY, get_structure
from proda.text.small_tables import read_columns, require_numbers

__all__ = ["ExampleColumns", "read_example_columns", "run_example_columns"]

COLUMNS = (
    "name",
    "npp_min",
    "npp_mean",
    "npp_max",
    "active_layer_depth",
    "soil_temperature",
    "soil_water_potential",
    "sand",
)


@dataclass(frozen=True)
class ExampleColumns:
    """Steady states of example columns.

    Attributes
    ----------
    names
        Of the n columns.
    pools
        (n, 7, layers) gC m-3.
    node
        (layers,) node depths, m.
    table
        The columns with their stocks, gC m-2, and pools.
    """

    names: list[str]
    pools: FloatArray
    node: Layers
    table: pd.DataFrame


def read_example_columns(path: StrPath) -> pd.DataFrame:
    """Read a table of columns with one soil temperature, water potential and sand content each.

    Parameters
    ----------
    path
        Table with the columns ``COLUMNS``: NPP gC m-2 yr-1, active layer depth m, temperature K,
        water potential MPa, sand %.

    Raises
    ------
    InputError
        For a missing column, or an impossible value, with its row and column.
    """
    columns = read_columns(path, COLUMNS)
    require_numbers(path, columns, COLUMNS[1:])
    try:
        _forcing(columns, get_structure(STUDY).grid.n_layers)
    except InputError as error:
        if error.array is None:
            raise
        row = columns.index[error.index[0]]
        where = f"{path}, row {row}, {error.array}"
        raise InputError(where, error.expected, error.found, error.hint) from None
    return columns.reset_index(drop=True)


def run_example_columns(columns: pd.DataFrame, version: str) -> ExampleColumns:
    """Return the steady state of each column with the defaults of a version, clm5 or clm4.5."""
    model = default_model(STUDY, version)
    forcing = _forcing(columns, model.grid.n_layers)
    parameters = default_parameters(STUDY, forcing, version)
    pools = model.steady_state_of(parameters, forcing)
    soc = model.soc(pools)
    table = columns.copy()
    table["soc_0_30"] = model.stock(soc, 0.0, 0.3)
    table["soc_0_100"] = model.stock(soc, 0.0, 1.0)
    table["soc_0_380"] = model.stock(soc, 0.0, model.grid.bottom)
    cells = {
        f"{pool}_{layer + 1}": pools[:, q, layer]
        for q, pool in enumerate(POOLS)
        for layer in range(model.grid.n_layers)
    }
    table = pd.concat([table, pd.DataFrame(cells)], axis=1)
    return ExampleColumns(list(columns["name"]), pools, model.grid.node, table)


def _forcing(columns: pd.DataFrame, n_layers: int) -> AnnualForcing:
    layered = {
        name: np.repeat(columns[name].to_numpy(float)[:, None], n_layers, axis=1)
        for name in ("soil_temperature", "soil_water_potential", "sand")
    }
    return AnnualForcing(
        npp_min=columns["npp_min"],
        npp_max=columns["npp_max"],
        npp_mean=columns["npp_mean"],
        active_layer_depth=columns["active_layer_depth"],
        **layered,
    )
