"""Projection of a method that is a file of parameter draws, to profiles and to the grid."""

from proda.data.order import check_cells, check_profiles
from proda.errors import InputError
from proda.parameters.draws import open_draws
from proda.projection.files import grid_dataset, site_dataset, write_projection
from proda.projection.forward import project
from proda.projection.inputs import load_grid, load_sites
from proda.projection.soc import DrawnSoc, Status

__all__ = ["project_grid", "project_sites", "write_grid", "write_sites"]


def project_sites(
    model, method, draws_path, observations_path, forcing_path, target, attributes=None
):
    """Project parameter draws to all profiles and write <method>_sites.nc to ``target``.

    method: name, for the title. draws_path: as `proda.parameters.draws.open_draws`; for
    site_by_site that is site_posteriors.nc. Returns the Projection. Raises InputError for draws of
    another structure, files of different profiles, and if no profile has any SOC.
    """
    sites = load_sites(observations_path, forcing_path)
    with open_draws(draws_path, model) as draws:
        if draws.profile_ids is not None:
            check_profiles(draws_path, draws.profile_ids, sites.ids, observations_path)
        source = DrawnSoc(model, draws.at_profiles, draws.n_draws, sites.forcing)
        return write_sites(source, sites, model.grid, method, target, attributes, draws_path)


def project_grid(model, method, draws_path, cells_path, forcing_path, target, attributes=None):
    """Project parameter draws to all cells and write <method>_grid.nc to ``target``.

    Returns the Projection. Raises InputError for draws of another structure or without a map, files
    of different cells, and if no cell has any SOC.
    """
    grid = load_grid(cells_path, forcing_path)
    with open_draws(draws_path, model) as draws:
        if draws.centres is not None:
            check_cells(draws_path, draws.centres, grid.cells)
        source = DrawnSoc(model, draws.on_cells, draws.n_draws, grid.forcing, grid.column)
        return write_grid(source, grid.cells, model.grid, method, target, attributes, draws_path)


def write_sites(source, sites, soil, method, target, attributes, where, label=None):
    """Project a source of SOC to Sites and write it; ``where`` it comes from, for messages.

    label: of the method in tables and figures, by default that of its register.
    """
    projection = project(source, soil, sites.operator, sites.row_size)
    _check_any(projection, where)
    write_projection(target, site_dataset(projection, sites, soil, method, label), attributes)
    return projection


def write_grid(source, cells, soil, method, target, attributes, where, label=None):
    """As ``write_sites``, on Cells."""
    projection = project(source, soil, land_area=cells.land_area_m2)
    _check_any(projection, where)
    write_projection(target, grid_dataset(projection, cells, soil, method, label), attributes)
    return projection


def _check_any(projection, where):
    if not (projection.status == Status.PROJECTED).any():
        found = ", ".join(f"{count} {name}" for name, count in projection.counts.items())
        raise InputError(where, "soil organic carbon at one place at least", found)
