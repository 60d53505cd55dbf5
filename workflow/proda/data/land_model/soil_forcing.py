"""Soil forcing from output of the Community Land Model: the fields the record of a structure names.

A field the files do not hold is an error unless ``missing_fields`` names a substitute
(`proda.data.land_model.substitutes`), which the attribute ``substituted_fields`` of the result
records.
"""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from proda.arrays import Columns
from proda.check import as_array
from proda.data.field_check import check_field
from proda.data.land_model.climatology import CLIMATOLOGIES, read_product
from proda.data.land_model.datasets import dataset_of
from proda.data.land_model.field_table import FIELDS
from proda.data.land_model.history import History, Paths, Years
from proda.data.land_model.substitutes import HistoryFields, MissingFields
from proda.data.land_model.vertical import checked_nodes
from proda.errors import InputError
from proda.model.constants import MONTHS_PER_YEAR
from proda.model.structure import LandField, LandModel, Role, Structure
from proda.quantities import QUANTITIES, check_distribution

__all__ = ["annual_litter_input", "read_clm_soil"]

SECONDS_PER_DAY = 86400
MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
PLACE = ("lat", "lon")

logger = logging.getLogger(__name__)


def read_clm_soil(
    structure: Structure,
    paths: Paths | History,
    nodes: Columns | None = None,
    missing_fields: MissingFields = None,
    years: Years = None,
    climatology: str = "fields",
    temperature: str = LandModel.LAND,
    accumulated_input: bool = True,
    groups_of_years: int = 1,
    input_by_month: bool = True,
) -> xr.Dataset:
    """Read the soil forcing of a structure from monthly or annual history files.

    Parameters
    ----------
    structure : Structure
        Its ``land_model`` names the fields.
    paths : path, glob pattern or list of them, or History
        The files.
    nodes : (n,) array, optional
        Node depths in m of the model's layers, by default those of the structure. If the file's
        uppermost nodes are these, its layers are taken unchanged; otherwise the structure decides
        whether fields are interpolated linearly in depth (above the file's first node its value
        holds).
    missing_fields : mapping, optional
        Substitutes for fields that the files do not hold.
    years : (first, last), optional
        Model years to use.
    climatology : {"fields", "product"}
        Months of several years are averaged field by field, or so that the product of scalars is
        that of the mean product (`proda.data.land_model.product_means`).
    temperature : {"TSOI", "T_SCALAR"}
        Soil temperature, which Q10 turns into a scalar, or CLM's own scalar of temperature, which
        leaves Q10 without effect.
    accumulated_input : bool
        Whether the carbon input that the land model has accumulated is read, too.
    groups_of_years : int
        With a climatology of the product, groups in which the years of a month are averaged; each
        adds 12 steps to the scalars, which are then on (step, layer, lat, lon).
    input_by_month : bool
        Whether the accumulated input is kept by month; otherwise as the sum of its months, which
        takes less memory.

    Returns
    -------
    xarray.Dataset
        On (layer, lat, lon), float64, or for monthly forcing on (month, layer, lat, lon), float32,
        NaN outside the land, with the names and units of ``land_model.fields``; litter inputs are
        gC m-3 month-1, or float64 gC m-3 year-1 on (layer, lat, lon). Fields that only runs at
        default parameters need are included if the files have them.

    Raises
    ------
    InputError
        Naming file and variable, for missing fields, units and impossible values.
    """
    land = structure.land_model.driven_by(temperature)
    if not accumulated_input:
        land = land.without_litter_inputs()
    history = paths if isinstance(paths, History) else History(paths)
    fields = HistoryFields(history, missing_fields, land)
    nodes = checked_nodes(structure.grid.node if nodes is None else nodes)
    by = "month" if structure.months == MONTHS_PER_YEAR else "all"
    variables: dict[str, Any] = {}
    averaged, step = {}, "month" if groups_of_years == 1 else "step"
    if climatology == "product":
        averaged = read_product(structure, land, fields, nodes, years, groups_of_years)
    for field in land.fields:
        if field.name in averaged:
            dims: tuple[str, ...] = (step, "layer", *PLACE)
            values = averaged[field.name]
            variables[field.name] = dims, values, _attributes(field)
        elif not field.optional or all(name in fields for name in field.sources):
            dims, values = _read_field(fields, field, nodes, by, years, land.interpolate)
            if field.role is Role.LITTER_INPUT and not input_by_month:
                dims, values = dims[1:], values.sum(axis=0, dtype=float)
            variables[field.name] = dims, values, _attributes(field)
    extra = land.product.variability if land.product is not None else None
    if extra is not None and extra.name in averaged:
        dims = (step, "layer", *PLACE)
        variables[extra.name] = dims, averaged[extra.name], _attributes(extra)
    for field in land.fields:
        if field.role is Role.LAYERED and field.name in QUANTITIES:
            where = history.where(*(FIELDS[name] for name in field.sources))
            check_distribution(field.name, variables[field.name][1], where)
    result = dataset_of(variables, history, fields, nodes, history.period(fields.land, years))
    if by == "month":
        month = np.arange(1, MONTHS_PER_YEAR + 1)
        result = result.assign_coords(month=("month", month, {"long_name": "month of the year"}))
        result.attrs["climatology"] = CLIMATOLOGIES[climatology]
    if temperature == LandModel.GIVEN:
        result.attrs["parameters_without_effect"] = "q10"
        logger.warning("%s is used unchanged: the parameter q10 has no effect", temperature)
    return result


def _attributes(field: LandField) -> dict[str, str]:
    attrs = {"units": field.units, "long_name": field.long_name}
    return attrs | ({"standard_name": field.standard_name} if field.standard_name else {})


def annual_litter_input(
    soil: xr.Dataset, inputs: Sequence[LandField], thickness: Columns
) -> xr.Dataset:
    """Sum the litter input of `read_clm_soil` to that of a year.

    Parameters
    ----------
    soil : xarray.Dataset
        Result of `read_clm_soil`, with the input by month or of the year.
    inputs : sequence of LandField
        The inputs, ``land_model.litter_inputs``.
    thickness : (n,) array
        Of the layers in m.

    Returns
    -------
    xarray.Dataset
        litter_input (pool, ...) gC m-2 yr-1 and litter_input_by_layer (pool, layer, ...)
        gC m-3 yr-1, pools in the order of ``inputs``.

    Raises
    ------
    InputError
        For inputs of a year that no vegetation has.
    """
    thickness = as_array("thickness", thickness, (soil.sizes["layer"],), "m")
    annual = [
        soil[field.name].sum("month", skipna=False, dtype=float)
        if "month" in soil[field.name].dims
        else soil[field.name]
        for field in inputs
    ]
    by_layer = xr.concat(annual, "pool", coords="minimal", compat="override")
    total = (by_layer * xr.DataArray(thickness, dims="layer")).sum("layer", skipna=False)
    places = [str(dim) for dim in total.dims if dim != "pool"]
    names = ", ".join(field.sources[0] for field in inputs)
    check_field(
        "litter_input",
        total.sum("pool", skipna=False).transpose(*places).values,
        f"{soil.attrs.get('source', 'land model')}: {names}",
        [(dim, total[dim].values if dim in total.coords else None) for dim in places],
    )
    unit, what = "year-1", "annual carbon input to the litter pools"
    by_layer.attrs = {"units": f"g m-3 {unit}", "long_name": f"{what}, by layer"}
    total.attrs = {"units": f"g m-2 {unit}", "long_name": what}
    return xr.Dataset({"litter_input": total, "litter_input_by_layer": by_layer})


def _read_field(
    fields: HistoryFields,
    field: LandField,
    nodes: Columns,
    by: str,
    years: Years,
    interpolate: bool,
) -> tuple[tuple[str, ...], npt.NDArray[Any]]:
    """Dimensions and values of a variable of the forcing."""
    name = field.sources[0]
    if field.role is Role.FIXED_LAYERED:
        return ("layer", *PLACE), fields.fixed_layers(name, nodes, interpolate)
    if field.role is Role.FIXED:
        values = fields.fixed(name, years)
        if np.any(values % 1 > 0):
            raise InputError(fields.history.where(FIELDS[name]), "whole layer numbers", "fractions")
        return PLACE, values
    dims: tuple[str, ...] = PLACE
    if field.role is Role.SURFACE:
        values = fields.surface(name, by, years)
        for other in field.sources[1:]:
            values = np.maximum(values, fields.surface(other, by, years))
    else:
        values = fields.layers(name, nodes, by, years, interpolate)
        dims = ("layer", *PLACE)
        if field.role is Role.LITTER_INPUT and fields.unit(name) == "gC m-3 s-1":
            values *= SECONDS_PER_DAY * MONTH_DAYS[:, None, None, None]
    return (dims, values[0]) if by == "all" else (("month", *dims), values.astype(np.float32))
