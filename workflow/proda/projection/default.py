"""The default method: CLM as it comes, without data assimilation.

Two sources, of which the configuration names one; nothing is put in the place of the other.

clm     what the study shows: CLM's own soil carbon (SOIL1C_vr to SOIL3C_vr of its history), brought
        to the cells by the same interpolation as the forcing; a profile takes the value of its cell
matrix  the matrix model at CLM's default parameters (proda.model.default_runs), driven by the
        forcing of each place; for histories without soil carbon

By default the ``matrix`` source takes CLM4.5 with annual forcing, as the study's CLM run did, and
CLM5 with monthly forcing. CLM5 stops decomposition below -2 MPa; that is meant for the potential of
an hour, and soil whose annual mean is drier would keep its carbon for ever.
"""

from dataclasses import dataclass

import numpy as np

from proda.config.sections.forcing import ForcingSettings
from proda.config.sections.model import ModelSettings
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
from proda.model.structures import get_structure
from proda.parameters.methods import DEFAULT
from proda.projection.apply import write_grid, write_sites
from proda.projection.default_label import history_label
from proda.projection.inputs import load_grid, load_sites
from proda.projection.soc import GivenSoc

__all__ = ["SOURCES", "DefaultOptions", "clm_carbon", "project_default"]

SOURCES = ("clm", "matrix")


@dataclass(frozen=True)
class DefaultOptions:
    """How the default is made.

    source: of SOURCES. version: of CLM, "clm5" or "clm4.5", for ``matrix``; by default the usual
    one of the structure. clm_files: history files, for ``clm``; years: first and last model year of
    them, all if None. interpolation, max_distance_km: as for the forcing of the grid
    (proda.data.interpolation.sample).
    """

    source: str = ModelSettings.default_source
    version: str | None = ModelSettings.default_version
    clm_files: tuple = ()
    years: tuple | None = None
    interpolation: str = ForcingSettings.grid_interpolation
    max_distance_km: float | None = ForcingSettings.max_distance_km

    def __post_init__(self):
        if self.source not in SOURCES:
            raise InputError(
                "model.default_source", f"one of {', '.join(SOURCES)}", repr(self.source)
            )
        if self.version is not None and self.version not in VERSIONS:
            raise InputError(
                "model.default_version", f"one of {', '.join(VERSIONS)}", repr(self.version)
            )


def project_default(
    structure,
    options,
    observations_path,
    site_forcing_path,
    cells_path,
    grid_forcing_path,
    sites_target,
    grid_target,
    attributes=None,
):
    """Write the SOC of the default to default_sites.nc and default_grid.nc.

    structure: name. options: DefaultOptions. Returns the Projections of sites and grid. Raises
    InputError for what the files lack, naming it and the other source.
    """
    soil = get_structure(structure).grid
    sites = load_sites(observations_path, site_forcing_path)
    grid = load_grid(cells_path, grid_forcing_path)
    if options.source == "clm":
        carbon = clm_carbon(soil, options, grid.cells)
        at_sites = np.where((sites.cell >= 0)[:, None], carbon[sites.cell], np.nan)
        attributes = {"default_source": "soil carbon of the CLM history"} | (attributes or {})
        where = f"soil carbon of {', '.join(map(str, options.clm_files))}"
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
        attributes = {"default_source": about} | (attributes or {})
        label = version_label(version)
        where = grid_forcing_path
    at_sites = GivenSoc(at_sites, stuck=stuck_sites)
    return (
        write_sites(at_sites, sites, soil, DEFAULT.name, sites_target, attributes, where, label),
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


def clm_carbon(soil, options, cells):
    """CLM's own soil carbon on the cells, (n, layers) gC m-3; NaN where CLM has none near.

    Raises InputError if the history lacks the soil pools or their levels.
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


def matrix_carbon(structure, options, forcing, where):
    """SOC of the matrix model at CLM's default parameters, (n, layers) gC m-3.

    Returns it with a mask (n,) of the columns without a steady state, whose SOC is NaN. where: the
    file of the forcing, for messages. Raises InputError if it lacks sand, or npp_mean (where input
    comes from NPP) or litter_input_by_layer.
    """
    version = options.version or usual_version(structure)
    try:
        model = default_model(structure, version)
        parameters = default_parameters(structure, forcing, version)
        stuck = np.zeros(len(forcing), dtype=bool)
        stuck[[found.row for found in model.without_steady_state(forcing)]] = True
        soc = np.full((len(forcing), model.grid.n_layers), np.nan)
        if not stuck.all():
            rest = forcing.take(~stuck)
            soc[~stuck] = model.soc(model.steady_state_of(parameters[~stuck], rest))
        return soc, stuck
    except InputError as error:
        hint = "or set model.default_source: clm, CLM's own soil carbon"
        raise InputError(f"{where}, {error.where}", error.expected, error.found, hint) from None
