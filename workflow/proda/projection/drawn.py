"""The SOC of a method, draw by draw, whichever its draws are: of parameters, or of SOC itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from proda.arrays import FloatArray, Mask
from proda.data.order import check_cells, check_profiles
from proda.inference.certification import carried_certification
from proda.learning.soc_members import read_soc_members
from proda.model import SoilModel
from proda.model.forcing import Forcing
from proda.parameters.draws import open_draws
from proda.parameters.methods import method_of
from proda.projection.inputs import Grid, Sites
from proda.projection.scatter import read_scatter
from proda.projection.soc import DrawnSoc, MemberSoc, SocSource

__all__ = ["Drawn", "soc_at_sites", "soc_on_grid"]


class Drawn(NamedTuple):
    """SOC of the draws of a method.

    Attributes
    ----------
    source
        SOC place by place.
    attributes
        What the file states of the posteriors it rests on.
    scatter
        (draws,) mean over places over their median, where the SOC is that; None elsewhere.
    """

    source: SocSource
    attributes: dict[str, Any]
    scatter: FloatArray | None


@contextmanager
def soc_at_sites(
    model: SoilModel, method: str, path: str | Path, sites: Sites, where: str | Path
) -> Iterator[Drawn]:
    """SOC of a method at the sites.

    Parameters
    ----------
    model
        The soil carbon model.
    method
        Name of the method or its blocked variant.
    path
        Its draws.
    sites
        The profiles.
    where
        File that they are of, for messages.

    Raises
    ------
    InputError
        For draws of another structure or of other profiles.
    """
    if not method_of(method).has_parameters:
        members = read_soc_members(path, model.grid)
        check_profiles(path, members.profile_ids, sites.ids, where)
        yield Drawn(MemberSoc(members.at_profiles, stuck=_stuck(model, sites.forcing)), {}, None)
        return
    with open_draws(path, model) as draws:
        if draws.profile_ids is not None:
            check_profiles(path, draws.profile_ids, sites.ids, where)
        source = DrawnSoc(model, draws.at_profiles, draws.n_draws, sites.forcing)
        about = carried_certification(path, draws.file)
        yield Drawn(source, about, read_scatter(path, draws.file))


@contextmanager
def soc_on_grid(model: SoilModel, method: str, path: str | Path, grid: Grid) -> Iterator[Drawn]:
    """SOC of a method on the grid.

    Parameters
    ----------
    model, method, path
        As for ``soc_at_sites``.
    grid
        The cells.

    Raises
    ------
    InputError
        For draws of another structure, of other cells or without a map.
    """
    if not method_of(method).has_parameters:
        members = read_soc_members(path, model.grid)
        lat, lon = members.centres or (np.empty(0), np.empty(0))
        check_cells(path, (lat, lon), grid.cells)
        forced = grid.column >= 0
        stuck = np.zeros(len(forced), dtype=bool)
        stuck[forced] = _stuck(model, grid.forcing)[grid.column[forced]]
        soc = np.empty((0, 0, 0)) if members.on_cells is None else members.on_cells
        yield Drawn(MemberSoc(soc, forced, stuck), {}, None)
        return
    with open_draws(path, model) as draws:
        if draws.centres is not None:
            check_cells(path, draws.centres, grid.cells)
        source = DrawnSoc(model, draws.on_cells, draws.n_draws, grid.forcing, grid.column)
        about = carried_certification(path, draws.file)
        yield Drawn(source, about, read_scatter(path, draws.file))


def _stuck(model: SoilModel, forcing: Forcing) -> Mask:
    """Columns that have no steady state, which no method is asked about."""
    stuck = np.zeros(len(forcing), dtype=bool)
    stuck[[found.row for found in model.without_steady_state(forcing)]] = True
    return stuck
