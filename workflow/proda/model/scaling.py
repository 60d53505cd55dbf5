"""The bounds by which normalised parameters become values, kept in every file of theta.

value = minimum + theta (maximum - minimum). Read with other bounds than it was found under, theta
means other parameters, so that each file names structure and bounds (variables ``minimum`` and
``maximum``, attribute ``structure``); they are compared with the present ones when it is opened.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from proda.arrays import FloatArray
from proda.errors import InputError
from proda.model.parameters import ParameterTable
from proda.model.soil_model import SoilModel
from proda.model.structures import get_structure

if TYPE_CHECKING:
    import netCDF4

__all__ = ["check_bounds", "check_scaling", "scaling_variables", "write_scaling"]

MAKE_AGAIN = "found under another parameter table: remove the file, and the workflow makes it again"


class Variable(NamedTuple):
    """A variable of a netCDF file."""

    dimension: str
    values: np.ndarray
    attributes: dict[str, str]


def scaling_variables(parameters: ParameterTable) -> dict[str, Variable]:
    """Variables of the bounds of a parameter table, by name."""
    units = {"units": "see parameter_unit"}
    lowest = {"long_name": "value of the parameter at theta = 0"} | units
    highest = {"long_name": "value of the parameter at theta = 1"} | units
    return {
        "minimum": Variable("parameter", np.array(parameters.minimum), lowest),
        "maximum": Variable("parameter", np.array(parameters.maximum), highest),
        "parameter_unit": Variable(
            "parameter",
            np.array(parameters.units, dtype=object),
            {"long_name": "unit of the parameter"},
        ),
    }


def write_scaling(file: "netCDF4.Dataset", model: SoilModel) -> None:
    """Write structure and bounds of a model.

    Parameters
    ----------
    file
        Open netCDF4 file that has a dimension ``parameter``.
    model
        The soil carbon model.
    """
    file.structure = model.structure.name
    for name, (dimension, values, about) in scaling_variables(model.parameters).items():
        kind = str if values.dtype == object else "f8"
        variable = file.createVariable(name, kind, (dimension,))
        variable.setncatts(about)
        variable[:] = values


def check_scaling(
    path: str | Path, file: "netCDF4.Dataset", model: SoilModel | None = None
) -> None:
    """Check that theta in a file was found under the present bounds.

    Parameters
    ----------
    path
        Of the file, for messages.
    file
        The open file.
    model
        What will read theta; None for the structure that the file names.

    Raises
    ------
    InputError
        Names the first parameter that differs, its bounds in the file and the present ones.
    """
    found = getattr(file, "structure", None)
    lacking = [name for name in ("parameter", "minimum", "maximum") if name not in file.variables]
    if found is None or lacking:
        missing = ", ".join(lacking) or "attribute structure"
        expected = "structure and bounds of the parameters, by which theta is read"
        raise InputError(path, expected, f"no {missing}", MAKE_AGAIN)
    if model is not None and found != model.structure.name:
        raise InputError(f"{path}, structure", model.structure.name, found, MAKE_AGAIN)
    names = [str(name) for name in np.asarray(file["parameter"][:])]
    minimum, maximum = (np.asarray(file[name][:], np.float64) for name in ("minimum", "maximum"))
    check_bounds(path, names, minimum, maximum, get_structure(found).parameters)


def check_bounds(
    path: str | Path,
    names: Sequence[str],
    minimum: FloatArray,
    maximum: FloatArray,
    parameters: ParameterTable,
) -> None:
    """Check that names and bounds are those of a parameter table.

    Parameters
    ----------
    path
        File they were read from, for the message.
    names
        (n,).
    minimum, maximum
        (n,) physical values.
    parameters
        The table.

    Raises
    ------
    InputError
        If they are not.
    """
    if list(names) != list(parameters.names):
        expected = f"the {len(parameters)} parameters {', '.join(parameters.names)}"
        found = f"{len(names)}: {', '.join(names)}"
        raise InputError(f"{path}, parameter", expected, found, MAKE_AGAIN)
    if minimum.shape != parameters.minimum.shape or maximum.shape != parameters.maximum.shape:
        expected = f"{len(parameters)} bounds of each kind"
        raise InputError(f"{path}, bounds", expected, f"{len(minimum)}, {len(maximum)}", MAKE_AGAIN)
    differs = (minimum != parameters.minimum) | (maximum != parameters.maximum)
    for i in np.flatnonzero(differs)[:1]:
        more = int(differs.sum()) - 1
        raise InputError(
            f"{path}, bounds of {names[i]}",
            f"[{parameters.minimum[i]:g}, {parameters.maximum[i]:g}], as in the parameter table",
            f"[{minimum[i]:g}, {maximum[i]:g}]"
            + (f" and of {more} other parameters" if more else ""),
            MAKE_AGAIN,
        )
