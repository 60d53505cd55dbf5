"""Everything of a run that its page shows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from proda.data.cells import read_cells
from proda.data.order import check_profiles
from proda.data.region import read_region
from proda.evaluation.labels import read_labels
from proda.explorer.grid import MANY_CELLS, add_cells, add_grid_curves, outline
from proda.explorer.model_layers import add_mechanisms, add_parameters
from proda.explorer.names import mechanism_values, parameter_words
from proda.explorer.payload import Payload
from proda.explorer.place_layers import add_applicability, add_covariates
from proda.explorer.profile_layers import add_posterior_layers, add_residuals
from proda.explorer.profiles import (
    MANY_PROFILES,
    Profiles,
    add_posteriors,
    add_profiles,
    add_site_curves,
    add_storage,
)
from proda.explorer.run_files import RunFiles
from proda.explorer.shown_methods import best_method, method_labels, shown_methods
from proda.explorer.stock_layers import (
    add_differences,
    add_references,
    add_stocks,
    add_uncertainty,
)
from proda.explorer.through_time import add_through_time
from proda.model.structures import get_structure
from proda.projection.site_processes import read_site_processes

__all__ = ["collect"]

FIRST_DEPTH = "0-100 cm"


def collect(files: RunFiles, dataset: str) -> Payload:
    """Collect what the page of a run shows.

    Parameters
    ----------
    files
        Of the run.
    dataset
        Its name.

    Raises
    ------
    InputError
        For files that are damaged or do not belong together.
    """
    payload = Payload(about={"dataset": dataset, "structure": files.structure})
    table = get_structure(files.structure).parameters
    words = {name: parameter_words(name) for name in table.names}
    labels = method_labels(files)
    profiles = add_profiles(
        payload, files.profiles, files.ledger, files.posteriors, files.evaluated
    )
    best = best_method(files)
    payload.about |= {"methods": shown_methods(files), "best": best}
    payload.about["curves"] = {
        name: add_site_curves(payload, name, path, profiles) for name, path in files.sites.items()
    }
    payload.about["without_bands"] = ["profiles"] if len(profiles.ids) > MANY_PROFILES else []
    if files.region:
        payload.about["outline"] = outline(read_region(files.region))
    if files.cells and files.grids:
        _add_maps(payload, files, labels, profiles)
    add_posteriors(payload, files.posteriors, table, words)
    if files.evaluated:
        stored = add_storage(payload, files.evaluated, labels)
        payload.about["stored"] = stored
        add_residuals(payload, stored, labels)
    add_posterior_layers(payload, table, words, payload.about["stocks"])
    payload.about["first"] = (
        {"group": "stock", "chosen": [best, FIRST_DEPTH]}
        if best
        else {"group": "posterior", "chosen": [f"{payload.about['stocks'][1]}.mean"]}
    )
    payload.groups.sort(key=_order)
    return payload


def _add_maps(
    payload: Payload, files: RunFiles, labels: Mapping[str, str], profiles: Profiles
) -> None:
    """Add the cells and all layers that have values on them."""
    assert files.cells is not None
    cells = read_cells(files.cells)
    add_cells(payload, cells)
    if len(cells) > MANY_CELLS:
        payload.about["without_bands"].append("cells")
    if files.applicability:
        add_applicability(payload, files.applicability, cells)
    grids: dict[str, Any] = {
        name: add_grid_curves(payload, name, files.grids[name], cells, profiles.deepest)
        for name in labels
        if name in files.grids
    }
    payload.about["grids"] = grids
    references = add_references(payload, files.references, cells) if files.references else {}
    stocks, named = grids | references, {**labels, **{name: name for name in references}}
    add_stocks(payload, stocks, named)
    add_uncertainty(payload, stocks, named)
    add_differences(payload, stocks, named)
    if files.parameters:
        table = get_structure(files.structure).parameters
        add_parameters(payload, files.parameters, table, cells, named)
    if files.processes:
        _add_mechanisms(payload, files, named, profiles, cells)
    if files.yearly:
        known = read_labels(files.labels) if files.labels else {}
        add_through_time(payload, files.yearly, cells, files.every, known)
    if files.covariates:
        add_covariates(payload, files.covariates, cells)


def _add_mechanisms(
    payload: Payload,
    files: RunFiles,
    labels: Mapping[str, str],
    profiles: Profiles,
    cells: Any,
) -> None:
    """Add the bulk processes, with their contraction at the sites where there is one."""
    of_sites = None
    if files.site_processes:
        of_sites = read_site_processes(files.site_processes)
        ids = of_sites["profile_id"].values
        check_profiles(files.site_processes, ids, profiles.ids, files.posteriors)
    used = xr.Dataset(
        {
            name: ("profile", np.asarray(values))
            for name, values in (
                ("lon", profiles.lon),
                ("lat", profiles.lat),
                ("used", profiles.used),
            )
        }
    )
    add_mechanisms(payload, files.processes, mechanism_values(), cells, labels, of_sites, used)


ORDER = (
    "stock",
    "uncertainty",
    "difference",
    "parameter",
    "mechanism",
    "time",
    "residual",
    "posterior",
    "applicability",
    "covariate",
)


def _order(group: Any) -> int:
    return ORDER.index(group.name)
