"""Projection of a method's draws to profiles and to the grid."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proda.arrays import FloatArray
from proda.data.cells import Cells
from proda.errors import InputError
from proda.model import SoilModel
from proda.model.grid import SoilGrid
from proda.projection.drawn import soc_at_sites, soc_on_grid
from proda.projection.files import grid_dataset, site_dataset, write_projection
from proda.projection.forward import Projection, project
from proda.projection.inputs import Sites, load_grid, load_sites
from proda.projection.soc import SocSource, Status

__all__ = ["project_grid", "project_sites", "write_grid", "write_sites"]


def project_sites(
    model: SoilModel,
    method: str,
    draws_path: str | Path,
    observations_path: str | Path,
    forcing_path: str | Path,
    target: str | Path,
    attributes: Mapping[str, Any] | None = None,
) -> Projection:
    """Project the draws of a method to all profiles and write <method>_sites.nc.

    Parameters
    ----------
    model
        The soil carbon model.
    method
        Name of the method or its blocked variant.
    draws_path
        Its draws: of parameters, or of SOC (`proda.projection.drawn`).
    observations_path, forcing_path
        Observations and forcing of the profiles.
    target
        File to write.
    attributes
        Global ones (provenance).

    Raises
    ------
    InputError
        For draws of another structure, files of different profiles, and if no profile has SOC.
    """
    sites = load_sites(observations_path, forcing_path)
    with soc_at_sites(model, method, draws_path, sites, observations_path) as drawn:
        about = dict(attributes or {}) | drawn.attributes
        args = (sites, model.grid, method, target, about, draws_path)
        return write_sites(drawn.source, *args, scatter=drawn.scatter)


def project_grid(
    model: SoilModel,
    method: str,
    draws_path: str | Path,
    cells_path: str | Path,
    forcing_path: str | Path,
    target: str | Path,
    attributes: Mapping[str, Any] | None = None,
) -> Projection:
    """Project the draws of a method to all cells and write <method>_grid.nc.

    Parameters
    ----------
    model, method, draws_path, target, attributes
        As for ``project_sites``.
    cells_path, forcing_path
        Cells and their forcing.

    Raises
    ------
    InputError
        For draws of another structure or without a map, files of different cells, and if no cell
        has SOC.
    """
    grid = load_grid(cells_path, forcing_path)
    with soc_on_grid(model, method, draws_path, grid) as drawn:
        about = dict(attributes or {}) | drawn.attributes
        args = (grid.cells, model.grid, method, target, about, draws_path)
        return write_grid(drawn.source, *args, scatter=drawn.scatter)


def write_sites(
    source: SocSource,
    sites: Sites,
    soil: SoilGrid,
    method: str,
    target: str | Path,
    attributes: Mapping[str, Any] | None,
    where: str | Path,
    label: str | None = None,
    scatter: FloatArray | None = None,
) -> Projection:
    """Project a source of SOC to Sites and write it.

    Parameters
    ----------
    source
        SOC of each site.
    sites, soil
        The sites and the layers of the soil.
    method
        Name of the method.
    target
        File to write.
    attributes
        Global ones (provenance).
    where
        Origin of the SOC, for messages.
    label
        Of the method in tables and figures, by default that of its register.
    scatter
        (draws,) mean over places over their median, where the SOC is that.

    Raises
    ------
    InputError
        If no site has SOC.
    """
    projection = project(source, soil, sites.operator, sites.row_size, scatter=scatter)
    _check_any(projection, where)
    write_projection(target, site_dataset(projection, sites, soil, method, label), attributes)
    return projection


def write_grid(
    source: SocSource,
    cells: Cells,
    soil: SoilGrid,
    method: str,
    target: str | Path,
    attributes: Mapping[str, Any] | None,
    where: str | Path,
    label: str | None = None,
    scatter: FloatArray | None = None,
) -> Projection:
    """As ``write_sites``, on Cells."""
    projection = project(source, soil, land_area=cells.land_area_m2, scatter=scatter)
    _check_any(projection, where)
    write_projection(target, grid_dataset(projection, cells, soil, method, label), attributes)
    return projection


def _check_any(projection: Projection, where: str | Path) -> None:
    """Raise InputError if no place has SOC."""
    if not (projection.status == Status.PROJECTED).any():
        found = ", ".join(f"{count} {name}" for name, count in projection.counts.items())
        raise InputError(where, "soil organic carbon at one place at least", found)
