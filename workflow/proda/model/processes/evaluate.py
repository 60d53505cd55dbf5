"""Bulk processes of many pairs of a parameter set and a column, from their steady states.

    carbon input      I = sum_qj s_qj                         to CWD, L1, L2, L3
    mean depth        sum_j f_j (z_(j-1) + z_j) / 2,  f_j = sum_q s_qj / I
    stock             C(d) = sum_js X_sj dz_j(d),  dz_j(d) the part of layer j above depth d
    turnover time     C(d) / I                                SOC only, as in the later study

and those of ``fluxes`` and ``root_profile``. A column for which they mean nothing has NaN in all of
them, and a status that says why.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from proda.arrays import Columns, Counts, FloatArray, Parameters, PoolLayers
from proda.model.constants import DAYS_PER_YEAR
from proda.model.forcing import Forcing
from proda.model.layout import (
    ENTRIES,
    INPUT_INTERFACE,
    NODE,
    SOIL_LAYERS,
    SOIL_SCALAR,
    SOURCE,
    THICKNESS,
    WORKSPACE_ROWS,
)
from proda.model.pairs import coefficients_of_pairs
from proda.model.processes.definitions import (
    DEPTHS,
    MAX_TURNOVER_TIME,
    PROCESS_NAMES,
    PROCESSES,
    ProcessStatus,
)
from proda.model.processes.fluxes import (
    decomposition,
    efficiency,
    modifier_of_means,
    rates_of_pools,
    retained_fractions,
    transport_rates,
)
from proda.model.processes.root_profile import beta_at_nodes, beta_of_mean_depth, layer_centres
from proda.model.soil_model import SoilModel

__all__ = ["Processes", "processes_in", "processes_of"]

BLOCK = 1024  # pairs at a time, which bounds memory


@dataclass(frozen=True)
class Processes:
    """Bulk processes of n pairs.

    Attributes
    ----------
    values
        (n, processes) in the order and the units of PROCESSES; NaN where they mean nothing.
    status
        (n,) ProcessStatus.
    """

    values: FloatArray
    status: npt.NDArray[np.int8]

    def __getitem__(self, name: str) -> Columns:
        """Values of a process by its name, (n,)."""
        return np.asarray(self.values[:, PROCESS_NAMES.index(name)])


def processes_of(model: SoilModel, physical: Parameters, forcing: Forcing) -> Processes:
    """Bulk processes of physical vectors in the columns of a forcing.

    Parameters
    ----------
    model
        The soil carbon model.
    physical
        (n, 26) physical vectors.
    forcing
        Of n columns, or of one for all.

    Raises
    ------
    InputError
        For forcing of another structure.
    """
    stuck = [found.row for found in model.without_steady_state(forcing)]
    excluded = np.zeros(len(forcing), dtype=bool)
    excluded[stuck] = True
    column = np.arange(len(physical)) if len(forcing) > 1 else np.zeros(len(physical), dtype=int)
    found = processes_in(model, physical, model.columns(forcing), column)
    # Without input there is nothing that could be retained.
    stays = excluded[column] & (found.status != ProcessStatus.NO_INPUT)
    found.values[stays] = np.nan
    found.status[stays] = ProcessStatus.NO_STEADY_STATE
    return found


def processes_in(
    model: SoilModel,
    physical: Parameters,
    columns: FloatArray,
    column: Counts,
    pools: PoolLayers | None = None,
    with_beta: bool = True,
) -> Processes:
    """As ``processes_of``, in prepared columns that have a steady state.

    The result of a pair does not depend on the others.

    Parameters
    ----------
    model
        The soil carbon model.
    physical
        (n, 26) physical vectors.
    columns
        (m, rows, layers) of ``model.columns``.
    column
        (n,) index of the column of each vector.
    pools
        (n, 7, layers) gC m-3, steady states of the pairs where these are known already.
    with_beta
        Whether ``input_beta`` is computed, which takes as long as the others together; NaN if not.
    """
    values = np.full((len(physical), len(PROCESSES)), np.nan)
    status = np.zeros(len(physical), dtype=np.int8)
    for first in range(0, len(physical), BLOCK):
        rows = slice(first, first + BLOCK)
        part = np.ascontiguousarray(physical[rows])
        of = np.ascontiguousarray(column[rows], dtype=np.int64)
        solved = model.steady_state_in(part, columns, of) if pools is None else pools[rows]
        values[rows], status[rows] = _block(model, part, columns, of, solved, with_beta)
    return Processes(values, status)


def _block(
    model: SoilModel,
    physical: Parameters,
    columns: FloatArray,
    column: Counts,
    pools: PoolLayers,
    with_beta: bool,
) -> tuple[FloatArray, npt.NDArray[np.int8]]:
    """Values and status of some pairs."""
    grid, layers = model.grid_rows, model.grid.n_layers
    thickness = grid[THICKNESS]
    w = np.zeros((len(physical), WORKSPACE_ROWS, layers))
    coefficients_of_pairs(physical, columns, column, grid, model.switches, w)
    with np.errstate(all="ignore"):
        source = DAYS_PER_YEAR * w[:, SOURCE : SOURCE + 4].sum(axis=1)
        carbon_input = source.sum(axis=1)
        fraction = source / carbon_input[:, None]
        centre = layer_centres(thickness)
        mean_depth = (fraction * centre).sum(axis=1)
        n_soil = columns[column, ENTRIES, SOIL_LAYERS]

        amounts = pools[:, 4:] * thickness
        stock = amounts.sum(axis=(1, 2))
        weight = amounts.sum(axis=1) / stock[:, None]
        decomposed = decomposition(pools, w, thickness)
        retained = retained_fractions(physical, w)
        of_means = modifier_of_means(physical, columns[column], grid, model.switches)
        flux_of_means = rates_of_pools(w) * of_means[:, None] * pools * thickness
        soc = model.soc(pools)
        stocks = {label: model.stock(soc, 0.0, depth) for label, depth in DEPTHS.items()}

        found = {
            "carbon_input": carbon_input,
            "input_mean_depth": mean_depth,
            "input_beta": (
                beta_of_mean_depth(mean_depth, n_soil, grid[INPUT_INTERFACE], centre)
                if with_beta
                else np.full(len(physical), np.nan)
            ),
            "input_beta_later_code": beta_at_nodes(fraction, grid[NODE]),
            "decomposition_rate": (rates_of_pools(w)[:, 4:] * amounts).sum(axis=(1, 2)) / stock,
            "carbon_use_efficiency": efficiency(decomposed, retained, with_cwd=False),
            "carbon_use_efficiency_with_cwd": efficiency(decomposed, retained, with_cwd=True),
            "carbon_use_efficiency_later_code": efficiency(flux_of_means, retained, with_cwd=False),
            "transport_rate": (weight * transport_rates(w, thickness)).sum(axis=1),
            "environmental_modifier": (weight * w[:, SOIL_SCALAR]).sum(axis=1),
            "environmental_modifier_later_code": (weight * of_means).sum(axis=1),
            "respiration": (decomposed * (1.0 - retained)).sum(axis=(1, 2)),
            "turnover_time": stock / carbon_input,
            "soc_stock": stock,
        }
        for label, values in stocks.items():
            found[f"turnover_time_{label}"] = values / carbon_input
            found[f"soc_stock_{label}"] = values
    values = np.stack([found[name] for name in PROCESS_NAMES], axis=1)
    status = np.full(len(values), ProcessStatus.DEFINED, dtype=np.int8)
    status[~(found["turnover_time"] <= MAX_TURNOVER_TIME)] = ProcessStatus.NO_TURNOVER
    status[model.sets_without_decomposition(physical)] = ProcessStatus.NO_STEADY_STATE
    finite = np.isfinite(pools).all(axis=(1, 2)) & np.isfinite(carbon_input)
    status[carbon_input == 0.0] = ProcessStatus.NO_INPUT
    status[~finite] = ProcessStatus.NOT_FINITE
    values[status != ProcessStatus.DEFINED] = np.nan
    return values, status
