"""Files of parameter draws: the parameter sets of a method, at profiles and on cells.

Draws are normalised parameters theta in [0, 1]. A method has one set of draws for all places,
theta(draw, parameter), or a set for each profile, theta_profile(draw, profile, parameter), and
where it has a map for each cell, theta_cell(draw, cell, parameter); NaN where there is none. Files
of assimilated parameters (one_batch.nc, site_posteriors.nc) are read in the same way.

Draws by place may have a reason by place, reason_profile(profile) and reason_cell(cell): why there
are no draws, or why they are doubtful; empty for other places.
"""

from collections.abc import Mapping, Sequence, Sized
from pathlib import Path
from typing import Any, Self, TypeAlias

import netCDF4
import numpy as np
import numpy.typing as npt

from proda.arrays import Draws, FloatArray, Texts, Theta
from proda.check import as_array, check_range
from proda.data.cells import Cells
from proda.errors import InputError
from proda.files import atomic_path
from proda.model import SoilModel
from proda.model.scaling import check_scaling, write_scaling
from proda.netcdf import create_netcdf, open_netcdf

__all__ = ["ParameterDraws", "open_draws", "write_draws"]

Names: TypeAlias = Sequence[str] | npt.NDArray[np.str_] | Texts

PLACES_PER_CHUNK = 64

LONG_NAMES = {
    "theta": "normalised parameters of all places",
    "theta_profile": "normalised parameters of a profile",
    "theta_cell": "normalised parameters of a grid cell",
}
# Axes of each variable in the file.
AXES = {
    "theta": ("draw", "parameter"),
    "theta_profile": ("draw", "profile", "parameter"),
    "theta_cell": ("draw", "cell", "parameter"),
}


def write_draws(
    path: str | Path,
    model: SoilModel,
    theta: Draws | None = None,
    theta_profile: FloatArray | None = None,
    theta_cell: FloatArray | None = None,
    profile_ids: Names | None = None,
    cells: Cells | None = None,
    attributes: Mapping[str, Any] | None = None,
    profile_reasons: Names | None = None,
    cell_reasons: Names | None = None,
) -> None:
    """Write parameter draws of one method as CF-1.11 netCDF.

    Parameters
    ----------
    path
        File to write.
    model
        The soil carbon model.
    theta
        (draw, parameter), for all places.
    theta_profile
        (draw, profile, parameter), instead of ``theta``.
    theta_cell
        (draw, cell, parameter), beside ``theta_profile`` where there is a map.
    profile_ids
        (profile,) identifiers.
    cells
        Cells of the map.
    attributes
        Global ones (provenance, counts).
    profile_reasons, cell_reasons
        (profile,) and (cell,) texts, one wherever there are no draws.

    Raises
    ------
    InputError
        For a wrong shape, values outside [0, 1], a set of which only some parameters are NaN, a
        place without draws and reason, and, among the draws for all places, input fractions that
        sum to 1 or more.
    """
    candidates = {"theta": theta, "theta_profile": theta_profile, "theta_cell": theta_cell}
    given = {name: values for name, values in candidates.items() if values is not None}
    if not given or ("theta" in given and len(given) > 1):
        expected = "theta, or theta_profile and theta_cell"
        raise InputError("parameter draws", expected, ", ".join(given) or "none")
    places: dict[str, Sized | None] = {"theta_profile": profile_ids, "theta_cell": cells}
    arrays: dict[str, FloatArray] = {}
    n_draws: int | None = None
    for name, values in given.items():
        middle: tuple[int, ...] = ()
        if name != "theta":
            named = places[name]
            if named is None:
                needed = {"theta_profile": "profile_ids", "theta_cell": "cells"}[name]
                raise InputError(name, f"{needed}, which name its places", "none")
            middle = (len(named),)
        arrays[name] = _checked(name, values, model, (n_draws, *middle))
        n_draws = len(arrays[name])
    if theta is not None:
        for row in np.flatnonzero(~model.prior.feasible(arrays["theta"]))[:1]:
            raise InputError(
                f"theta[{row}]", "input fractions that sum to less than 1", "1 or more"
            )

    reasons = {
        name: _checked_reasons(name, texts, arrays.get(name))
        for name, texts in (("theta_profile", profile_reasons), ("theta_cell", cell_reasons))
        if texts is not None
    }

    with atomic_path(path) as temporary, create_netcdf(temporary) as file:
        file.setncatts({"Conventions": "CF-1.11", **(attributes or {})})
        file.createDimension("draw", n_draws)
        file.createDimension("parameter", len(model.parameters))
        parameter = file.createVariable("parameter", str, ("parameter",))
        parameter.long_name = "name of the parameter"
        parameter[:] = np.array(model.parameters.names, dtype=object)
        if "theta_profile" in arrays and profile_ids is not None:
            _write_profiles(file, profile_ids)
        if "theta_cell" in arrays and cells is not None:
            _write_cells(file, cells)
        for name, values in arrays.items():
            variable = file.createVariable(
                name,
                "f8",
                AXES[name],
                fill_value=np.nan,
                zlib=True,
                complevel=1,
                shuffle=True,
                chunksizes=_chunk(values.shape),
            )
            meaning = f"{LONG_NAMES[name]}: value = minimum + theta (maximum - minimum)"
            variable.setncatts({"units": "1", "long_name": meaning})
            if name == "theta_profile":
                variable.coordinates = "profile_id"
            elif name == "theta_cell":
                variable.coordinates = "lat lon"
            variable[:] = values
        for name, texts in reasons.items():
            place = name.removeprefix("theta_")
            variable = file.createVariable(f"reason_{place}", str, (place,))
            meaning = f"why a {place} has no draws or doubtful ones, empty for others"
            variable.long_name = meaning
            variable[:] = texts
        write_scaling(file, model)


def _chunk(shape: tuple[int, ...]) -> tuple[int, ...]:
    """All draws of some places, as they are read.

    The library's default chunks hold a few draws of half of all places: where the file is larger
    than its cache, each reading of a few places would unpack all of it.
    """
    draws, *places, parameters = shape
    return (draws, *(min(n, PLACES_PER_CHUNK) for n in places), parameters)


def _write_profiles(file: netCDF4.Dataset, profile_ids: Names) -> None:
    """Write the axis of profiles."""
    file.createDimension("profile", len(profile_ids))
    identifier = file.createVariable("profile_id", str, ("profile",))
    identifier.setncatts({"long_name": "identifier of the profile", "cf_role": "profile_id"})
    identifier[:] = np.asarray(profile_ids, dtype=str).astype(object)


def _write_cells(file: netCDF4.Dataset, cells: Cells) -> None:
    """Write the axis of cells."""
    file.createDimension("cell", len(cells))
    for name, standard, unit in (
        ("lat", "latitude", "degrees_north"),
        ("lon", "longitude", "degrees_east"),
    ):
        axis = file.createVariable(name, "f8", ("cell",))
        about = {"standard_name": standard, "long_name": f"{standard} of the cell", "units": unit}
        axis.setncatts(about)
        axis[:] = getattr(cells, name)


def _checked(
    name: str, values: FloatArray, model: SoilModel, shape: tuple[int | None, ...]
) -> FloatArray:
    """float64 of (*shape, parameters), each set wholly NaN or wholly in [0, 1]."""
    values = np.asarray(values, dtype=np.float64)
    missing = np.isnan(values)
    array = as_array(name, np.where(missing, 0.0, values), (*shape, len(model.parameters)))
    check_range(name, array, 0.0, 1.0)
    if not array.size:
        raise InputError(name, "at least one draw and place", f"shape {array.shape}")
    partly = missing.any(axis=-1) & (~missing.all(axis=-1) | (name == "theta"))
    for index in np.argwhere(partly)[:1]:
        place = ", ".join(map(str, index))
        expected = "all parameters" + ("" if name == "theta" else " or none")
        raise InputError(f"{name}[{place}]", expected, f"{missing[tuple(index)].sum()} NaN")
    array[missing] = np.nan
    return array


def _checked_reasons(name: str, texts: Names, draws: FloatArray | None) -> Texts:
    """Texts (places,) as objects; every place without draws has one."""
    if draws is None:
        raise InputError(f"reasons of {name}", f"{name}, the draws they are about", "none")
    # Not an array of str, which would give every text the length of the longest.
    checked = np.array([str(text) for text in texts], dtype=object)
    if checked.shape != draws.shape[1:2]:
        expected = f"a text for each of {draws.shape[1]} places"
        raise InputError(f"reasons of {name}", expected, f"shape {checked.shape}")
    unexplained = np.isnan(draws[..., 0]).any(axis=0) & (checked == "")
    for place in np.flatnonzero(unexplained)[:1]:
        expected = "a reason where there are no draws"
        raise InputError(f"reasons of {name}, place {place}", expected, "none")
    return checked


class ParameterDraws:
    """An open file of parameter draws; a context manager.

    Attributes
    ----------
    n_draws
        Sets per place.
    homogeneous
        Whether one set of draws holds for all places.
    profile_ids
        Identifiers, None where the draws are homogeneous.
    has_cells
        Whether it can be read on cells.
    """

    def __init__(self, path: str | Path, file: netCDF4.Dataset, model: SoilModel) -> None:
        self.path, self.file = path, file
        names = file.variables
        if "parameter" not in names or not {"theta", "theta_profile", "theta_cell"} & set(names):
            raise InputError(path, "a file of parameter draws", "variables " + ", ".join(names))
        found, wanted = [str(name) for name in file["parameter"][:]], model.parameters.names
        if found != list(wanted):
            raise InputError(
                f"{path}, parameter",
                f"the {len(wanted)} parameters of {model.structure.name}",
                f"{len(found)} parameters: {', '.join(found)}",
            )
        check_scaling(path, file, model)
        self.n_draws = len(file.dimensions["draw"])
        self.homogeneous = "theta" in names and "profile" not in file["theta"].dimensions
        self._of_profiles = "theta" if "theta" in names else "theta_profile"
        self.has_cells = self.homogeneous or "theta_cell" in names
        has_ids = "profile_id" in names and not self.homogeneous
        self.profile_ids = [str(name) for name in file["profile_id"][:]] if has_ids else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    @property
    def centres(self) -> tuple[FloatArray, FloatArray] | None:
        """Latitude and longitude of the cells, (n,) each; None where the file lists no cells."""
        if "theta_cell" not in self.file.variables:
            return None
        return np.asarray(self.file["lat"][:]), np.asarray(self.file["lon"][:])

    def at_profiles(self, first: int = 0, count: int | None = None) -> Theta:
        """Draws of consecutive profiles.

        Parameters
        ----------
        first
            Position of the first profile.
        count
            Number of profiles; all the rest if None.

        Returns
        -------
        Theta
            (count, draw, parameter), NaN where there are none; (1, draw, parameter) if they hold
            for all places.

        Raises
        ------
        InputError
            If the file has no profiles or too few.
        """
        return self._read(self._of_profiles, "profile", first, count)

    def on_cells(self, first: int = 0, count: int | None = None) -> Theta:
        """As ``at_profiles``, of cells in the order of `proda.data.cells.Cells`.

        Parameters
        ----------
        first
            Position of the first cell.
        count
            Number of cells; all the rest if None.
        """
        return self._read("theta" if self.homogeneous else "theta_cell", "cell", first, count)

    def reasons_of_profiles(self) -> Texts:
        """Why profiles have no draws or doubtful ones, (profile,) texts, empty for others.

        Raises
        ------
        InputError
            If the file has no reasons.
        """
        return self._reasons("profile")

    def reasons_of_cells(self) -> Texts:
        """As ``reasons_of_profiles``, (cell,) texts."""
        return self._reasons("cell")

    def _reasons(self, place: str) -> Texts:
        name = f"reason_{place}"
        if name not in self.file.variables:
            raise InputError(self.path, name, ", ".join(self.file.variables))
        return self.file[name][:]

    def _read(self, name: str, place: str, first: int, count: int | None) -> Theta:
        if name not in self.file.variables:
            raise InputError(self.path, f"{name}, draws by {place}", ", ".join(self.file.variables))
        variable = self.file[name]
        if self.homogeneous:
            return np.ma.filled(variable[:].astype(np.float64), np.nan)[None]
        total = len(self.file.dimensions[place])
        last = total if count is None else first + count
        if not 0 <= first <= last <= total:
            raise InputError(self.path, f"{place}s {first} to {last}", f"{total} {place}s")
        axis = variable.dimensions.index(place)
        part = variable[first:last] if axis == 0 else variable[:, first:last]
        values = np.ma.filled(part.astype(np.float64), np.nan)
        return np.ascontiguousarray(np.moveaxis(values, axis, 0))


def open_draws(path: str | Path, model: SoilModel) -> ParameterDraws:
    """Open a file of parameter draws.

    Parameters
    ----------
    path
        The file.
    model
        The soil carbon model; the draws must be of its structure.

    Raises
    ------
    InputError
        For another file, parameters of another structure and other bounds of them.
    """
    file = open_netcdf(path, "parameter draws")
    try:
        return ParameterDraws(path, file, model)
    except Exception:
        file.close()
        raise
