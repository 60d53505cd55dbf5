"""Files of predicted SOC, member by member: what direct learners have in place of parameter draws.

SOC density at the nodes of the model's layers, soc_profile(draw, profile, layer) and, where there
is a map, soc_cell(draw, cell, layer), NaN where a covariate is missing; reason_profile and
reason_cell say why there is no prediction, or why it is doubtful.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from proda.arrays import FloatArray, Layers, Texts
from proda.data.cells import Cells
from proda.errors import InputError
from proda.learning.direct import DirectlyTrained
from proda.model.grid import SoilGrid
from proda.netcdf import load_netcdf, save_netcdf

__all__ = ["SocMembers", "read_soc_members", "write_soc_members"]

WHAT = "predicted soil organic carbon by member"


@dataclass(frozen=True, eq=False)
class SocMembers:
    """Predicted SOC of a direct learner.

    Attributes
    ----------
    profile_ids
        Identifiers.
    at_profiles
        (members, profiles, layers) gC m-3.
    on_cells
        (members, cells, layers); None in a file without a map.
    centres
        Latitude and longitude of the cells; None without a map.
    """

    profile_ids: list[str]
    at_profiles: Layers
    on_cells: Layers | None
    centres: tuple[FloatArray, FloatArray] | None


def write_soc_members(
    path: str | Path,
    soil: SoilGrid,
    profile_id: npt.NDArray[np.str_] | Texts,
    at_profiles: DirectlyTrained,
    cells: Cells | None = None,
    on_cells: DirectlyTrained | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Write what the members of a direct learner predict.

    Parameters
    ----------
    path
        File to write.
    soil
        Whose layers are predicted.
    profile_id
        (profiles,) identifiers.
    at_profiles
        At all of them.
    cells, on_cells
        Cells of the map and what is predicted there.
    attributes
        Global ones (provenance).
    """
    parts = {"profile": at_profiles}
    coordinates: dict[str, Any] = {
        "depth": ("layer", soil.node, {"units": "m", "long_name": "depth of the node"}),
        "profile_id": ("profile", np.asarray(profile_id, dtype=object), {"cf_role": "profile_id"}),
    }
    if cells is not None and on_cells is not None:
        parts["cell"] = on_cells
        for name, unit in (("lat", "degrees_north"), ("lon", "degrees_east")):
            coordinates[name] = ("cell", getattr(cells, name), {"units": unit})
    variables: dict[str, Any] = {}
    for place, predicted in parts.items():
        about = {
            "units": "g m-3",
            "long_name": f"predicted density of soil organic carbon of a {place}",
        }
        variables[f"soc_{place}"] = (("draw", place, "layer"), predicted.soc, about)
        meaning = f"why a {place} has no prediction or a doubtful one, empty for others"
        variables[f"reason_{place}"] = (place, predicted.reasons, {"long_name": meaning})
    dataset = xr.Dataset(variables, coordinates, {"Conventions": "CF-1.11", **(attributes or {})})
    compressed = {"zlib": True, "complevel": 1, "shuffle": True, "_FillValue": np.nan}
    save_netcdf(dataset, path, {f"soc_{place}": dict(compressed) for place in parts})


def read_soc_members(path: str | Path, soil: SoilGrid) -> SocMembers:
    """Read what ``write_soc_members`` wrote.

    Parameters
    ----------
    path
        Of the file.
    soil
        Whose layers it must have.

    Raises
    ------
    InputError
        For another file, and for other layers.
    """
    with load_netcdf(path, WHAT, ["soc_profile", "profile_id", "depth"]) as file:
        if not np.array_equal(file["depth"].values, soil.node):
            expected = f"{soil.n_layers} nodes of the model's layers"
            raise InputError(f"{path}, depth", expected, f"{file.sizes['layer']} others")
        has_map = "soc_cell" in file
        return SocMembers(
            [str(name) for name in file["profile_id"].values],
            file["soc_profile"].values,
            file["soc_cell"].values if has_map else None,
            (file["lat"].values, file["lon"].values) if has_map else None,
        )
