"""The default method: the land model without data assimilation.

The configuration names one of two sources; neither substitutes for the other.

clm     what the study shows: CLM's own soil carbon (SOIL1C_vr to SOIL3C_vr of its history), brought
        to the cells by the same interpolation as the forcing; a profile takes the value of its cell
matrix  the matrix model at CLM's default parameters (proda.model.default_runs), driven by the
        forcing of each place; for histories without soil carbon

By default the ``matrix`` source takes CLM4.5 with annual forcing, as the study's CLM run did, and
CLM5 with monthly forcing. CLM5 stops decomposition below -2 MPa; that is meant for the potential of
an hour, and soil whose annual mean is drier would keep its carbon for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from proda.arrays import Layers, Mask
from proda.config.sections.forcing import ForcingSettings
from proda.config.sections.model import ModelSettings
from proda.data.cells import Cells
from proda.data.forcing_sources import on_cells
from proda.data.land_model.products import read_clm_carbon
from proda.errors import InputError
from proda.model.default_runs import (
    VERSIONS,
    default_model,
    default_parameters,
    usual_version,
    version_label,
)
from proda.model.forcing import Forcing
from proda.model.grid import SoilGrid
from proda.model.structures import get_structure
from proda.parameters.methods import DEFAULT
from proda.projection.apply import write_grid, write_sites
from proda.projection.default_label import history_label
from proda.projection.forward import Projection
from proda.projection.inputs import load_grid, load_sites
from proda.projection.soc import GivenSoc

__all__ = ["SOURCES", "DefaultOptions", "clm_carbon", "project_default"]

SOURCES = ("clm", "matrix")
COLUMNS = 2_000  # prepared for the model at a time


@dataclass(frozen=True)
class DefaultOptions:
    """Settings of the default run.

    Attributes
    ----------
    source
        One of SOURCES.
    version
        Of CLM, "clm5" or "clm4.5", for ``matrix``; by default the usual one of the structure.
    clm_files
        History files, for ``clm``.
    years
        First and last model year of them, all if None.
    interpolation, max_distance_km
        As for the forcing of the grid (proda.data.interpolation.sample).
    """

    source: str = ModelSettings.default_source
    version: str | None = ModelSettings.default_version
    clm_files: Sequence[str | Path] = ()
    years: Sequence[int] | None = None
    interpolation: str = ForcingSettings.grid_interpolation
    max_distance_km: float | None = ForcingSettings.max_distance_km

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            raise InputError(
                "model.default_source", f"one of {', '.join(SOURCES)}", repr(self.source)
            )
        if self.version is not None and self.version not in VERSIONS:
            raise InputError(
                "model.default_version", f"one of {', '.join(VERSIONS)}", repr(self.version)
            )


def project_default(
    structure: str,
    options: DefaultOptions,
    observations_path: str | Path,
    site_forcing_path: str | Path,
    cells_path: str | Path,
    grid_forcing_path: str | Path,
    sites_target: str | Path,
    grid_target: str | Path,
    attributes: Mapping[str, Any] | None = None,
) -> tuple[Projection, Projection]:
    """Write the SOC of the default to default_sites.nc and default_grid.nc.

    Parameters
    ----------
    structure
        Name of the structure.
    options
        Settings of the default run.
    observations_path, site_forcing_path
        Observations and forcing of the profiles.
    cells_path, grid_forcing_path
        Cells and their forcing.
    sites_target, grid_target
        Files to write.
    attributes
        Global ones (provenance).

    Returns
    -------
    tuple
        Projections of sites and grid.

    Raises
    ------
    InputError
        For a variable that the files lack; it names the other source.
    """
    soil = get_structure(structure).grid
    sites = load_sites(observations_path, site_forcing_path)
    grid = load_grid(cells_path, grid_forcing_path)
    if options.source == "clm":
        carbon = clm_carbon(soil, options, grid.cells)
        at_sites = np.where((sites.cell >= 0)[:, None], carbon[sites.cell], np.nan)
        about = "soil carbon of the CLM history"
        where: str | Path = f"soil carbon of {', '.join(map(str, options.clm_files))}"
        label = history_label(options.clm_files)
        stuck_sites = stuck_cells = None
    else:
        at_sites, stuck_sites = matrix_carbon(structure, options, sites.forcing, site_forcing_path)
        carbon = np.full((len(grid.cells), soil.n_layers), np.nan)
        stuck_cells = np.zeros(len(grid.cells), dtype=bool)
        has_forcing = grid.column >= 0
        on_grid, stuck = matrix_carbon(structure, options, grid.forcing, grid_forcing_path)
        carbon[has_forcing] = on_grid[grid.column[has_forcing]]
        stuck_cells[has_forcing] = stuck[grid.column[has_forcing]]
        version = options.version or usual_version(structure)
        about = f"matrix model at the default parameters of {version}"
        label = version_label(version)
        where = grid_forcing_path
    attributes = {"default_source": about} | dict(attributes or {})
    given = GivenSoc(at_sites, stuck=stuck_sites)
    return (
        write_sites(given, sites, soil, DEFAULT.name, sites_target, attributes, where, label),
        write_grid(
            GivenSoc(carbon, grid.column >= 0, stuck_cells),
            grid.cells,
            soil,
            DEFAULT.name,
            grid_target,
            attributes,
            where,
            label,
        ),
    )


def clm_carbon(soil: SoilGrid, options: DefaultOptions, cells: Cells) -> Layers:
    """CLM's own soil carbon on the cells, (n, layers) gC m-3; NaN where CLM has none near.

    Parameters
    ----------
    soil
        Layers to which CLM's are assigned.
    options
        Files, years and interpolation.
    cells
        The n cells of the map.

    Raises
    ------
    InputError
        If the history lacks the soil pools or their levels.
    """
    try:
        carbon = read_clm_carbon(list(options.clm_files), soil.node, options.years)
    except InputError as error:
        hint = "or set model.default_source: matrix, the model at CLM's default parameters"
        hint = f"{error.hint}; {hint}" if error.hint else hint
        raise InputError(error.where, error.expected, error.found, hint) from None
    method, distance = options.interpolation, options.max_distance_km
    maps = on_cells(carbon, cells, method, distance)["soil_carbon_density"]
    # Rounding of the history's single precision may leave a pool just below 0.
    return np.maximum(np.stack([cells.from_grid(layer) for layer in maps], axis=1), 0.0)


def matrix_carbon(
    structure: str, options: DefaultOptions, forcing: Forcing, where: str | Path
) -> tuple[Layers, Mask]:
    """SOC of the matrix model at CLM's default parameters.

    Parameters
    ----------
    structure
        Name of the structure.
    options
        Settings of the default run.
    forcing
        Of n columns.
    where
        File of the forcing, for messages.

    Returns
    -------
    tuple
        SOC (n, layers) gC m-3, and (n,) the columns without a steady state, whose SOC is NaN.

    Raises
    ------
    InputError
        If the forcing lacks sand, npp_mean (where input comes from NPP) or litter_input_by_layer.
    """
    version = options.version or usual_version(structure)
    try:
        model = default_model(structure, version)
        stuck = np.zeros(len(forcing), dtype=bool)
        soc = np.full((len(forcing), model.grid.n_layers), np.nan)
        for first in range(0, len(forcing), COLUMNS):
            rows = slice(first, first + COLUMNS)
            part = forcing.take(rows)
            parameters = default_parameters(structure, part, version)
            stuck[[first + found.row for found in model.without_steady_state(part)]] = True
            free = ~stuck[rows]
            if free.any():
                pools = model.steady_state_of(parameters[free], part.take(free))
                soc[rows][free] = model.soc(pools)
        return soc, stuck
    except InputError as error:
        hint = "or set model.default_source: clm, CLM's own soil carbon"
        raise InputError(f"{where}, {error.where}", error.expected, error.found, hint) from None
