"""Soil forcing from output of the Community Land Model.

`read_clm_soil` reads the fields that the record of a structure names; `read_clm_carbon` and
`read_clm_npp` read what CLM made of them: its soil carbon and its net primary production.

A field the files do not hold is an error unless ``missing_fields`` says what to put in its place,
e.g. ``{"SOILPSI": {"value": -0.1}, "ALTMAX_LASTYEAR": {"use": "ALTMAX"}}``. The choice is written
into the attribute ``substituted_fields`` of the result.

Fields and units: CLM5 history field list (release-clm5.0); pool names changed with CTSM 5.1.
"""

import logging
from functools import partial

import numpy as np
import xarray as xr

from proda.check import as_array
from proda.data.field_check import check_field, require_nonzero
from proda.data.land_model.history import Field, History
from proda.errors import InputError, number_text
from proda.model.constants import DAYS_PER_YEAR, MONTHS_PER_YEAR
from proda.model.structure import Role
from proda.quantities import QUANTITIES, check_distribution

__all__ = [
    "annual_litter_input",
    "read_clm_carbon",
    "read_clm_npp",
    "read_clm_soil",
]

SECONDS_PER_DAY = 86400
SECONDS_PER_YEAR = SECONDS_PER_DAY * DAYS_PER_YEAR
MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
NODE_TOLERANCE = 1e-3

INPUT_UNITS = ("gC m-3 month-1", "gC m-3", "gC m-3 s-1")
NEGATIVE_INPUT = 1e-9  # in any of these units; less is rounding


def _field(names, units, quantity, slack=0.0, hint=None):
    """A field whose values lie in the range of a quantity; in another unit it has none."""
    known = QUANTITIES[quantity]
    return Field(names, units, known.lower, known.upper, slack, hint)


# Regridding and packing move values beyond their range by rounding.
SCALAR = {"units": ("1",), "quantity": "scalar", "slack": 1e-3}
FIELDS = {
    field.name: field
    for field in (
        _field(("TSOI",), ("K",), "soil_temperature", hint="temperature must be in kelvin"),
        _field(
            ("SOILPSI",), ("MPa",), "soil_water_potential", 1e-4,
            "a soil water potential is never positive",
        ),
        _field(("ALTMAX",), ("m",), "active_layer_depth", 1e-4),
        _field(("ALTMAX_LASTYEAR",), ("m",), "active_layer_depth", 1e-4),
        _field(("W_SCALAR",), **SCALAR),
        _field(("O_SCALAR",), **SCALAR),
        _field(("FPI_vr",), **SCALAR),
        Field(("nbedrock",), (), 1, 20, hint="the number of soil layers above bedrock"),
        _field(("CELLSAND",), ("%",), "sand", 1e-2),
        # A month can take up or lose far more than the mean of a year; years are checked.
        Field(("NPP",), ("gC m-2 s-1",), -1e-3, 1e-3),
        _field(("SOIL1C_vr", "SOM_ACT_C_vr"), ("gC m-3",), "soc_density", 1e-3),
        _field(("SOIL2C_vr", "SOM_SLO_C_vr"), ("gC m-3",), "soc_density", 1e-3),
        _field(("SOIL3C_vr", "SOM_PAS_C_vr"), ("gC m-3",), "soc_density", 1e-3),
    )
}  # fmt: skip

logger = logging.getLogger(__name__)


def read_clm_soil(structure, paths, nodes=None, missing_fields=None, years=None):
    """Soil forcing of a structure from monthly or annual history files.

    structure: Structure, whose ``land_model`` names the fields. paths: a path, glob pattern or
    list. nodes: (n,) node depths in m of the model's layers, by default those of the structure. If
    the file's uppermost nodes are these, its layers are taken unchanged; otherwise the structure
    decides whether fields are interpolated linearly in depth (above the file's first node its value
    holds). years: first and last model year to use.
    Returns a Dataset on (layer, lat, lon), float64, or for monthly forcing on (month, layer, lat,
    lon), float32, NaN outside the land, with the names and units of ``land_model.fields``; litter
    inputs are gC m-3 month-1. Fields that only runs at default parameters need are there if the
    files have them. Raises InputError naming file and variable for missing fields, units or
    impossible values.
    """
    land, history = structure.land_model, History(paths)
    fields = _Fields(history, missing_fields, land)
    nodes = _checked_nodes(structure.grid.node if nodes is None else nodes)
    by = "month" if structure.months == MONTHS_PER_YEAR else "all"
    variables = {}
    for field in land.fields:
        if not field.optional or all(name in fields for name in field.sources):
            values, dims = _read_field(fields, field, nodes, by, years, land.interpolate)
            attrs = {"units": field.units, "long_name": field.long_name}
            if field.standard_name:
                attrs["standard_name"] = field.standard_name
            variables[field.name] = dims, values, attrs
    for field in land.fields:
        if field.role is Role.LAYERED and field.name in QUANTITIES:
            where = history.where(*(FIELDS[name] for name in field.sources))
            check_distribution(field.name, variables[field.name][1], where)
    period = history.period(FIELDS[land.LAND], years)
    result = _dataset(variables, history, fields, nodes, period=period)
    if by == "month":
        month = np.arange(1, MONTHS_PER_YEAR + 1)
        result = result.assign_coords(month=("month", month, {"long_name": "month of the year"}))
    return result


def _read_field(fields, field, nodes, by, years, interpolate):
    """Values and dimensions of a LandField."""
    place, name = ("lat", "lon"), field.sources[0]
    if field.role is Role.FIXED_LAYERED:
        return fields.fixed_layers(name, nodes, interpolate), ("layer", *place)
    if field.role is Role.FIXED:
        values = fields.fixed(name, years)
        if np.any(values % 1 > 0):
            raise InputError(fields.history.where(FIELDS[name]), "whole layer numbers", "fractions")
        return values, place
    if field.role is Role.SURFACE:
        values, dims = fields.surface(name, by, years), place
        for other in field.sources[1:]:
            values = np.maximum(values, fields.surface(other, by, years))
    else:
        values = fields.layers(name, nodes, by, years, interpolate)
        dims = ("layer", *place)
        if field.role is Role.LITTER_INPUT and fields.unit(name) == "gC m-3 s-1":
            values *= SECONDS_PER_DAY * MONTH_DAYS[:, None, None, None]
    return (values[0], dims) if by == "all" else (values.astype(np.float32), ("month", *dims))


def annual_litter_input(monthly, inputs, thickness):
    """Litter input of a year from the months of `read_clm_soil`, at cells or sampled points.

    inputs: LandFields of the inputs, ``land_model.litter_inputs``. thickness: (n,) of the layers in
    m. Returns a Dataset without months: litter_input (pool, ...) gC m-2 yr-1 and
    litter_input_by_layer (pool, layer, ...) gC m-3 yr-1, pools in the order of inputs.
    Raises InputError for inputs of a year that no vegetation has.
    """
    thickness = as_array("thickness", thickness, (monthly.sizes["layer"],), "m")
    annual = [monthly[field.name].astype(float).sum("month", skipna=False) for field in inputs]
    by_layer = xr.concat(annual, "pool", coords="minimal", compat="override")
    total = (by_layer * xr.DataArray(thickness, dims="layer")).sum("layer", skipna=False)
    places = [dim for dim in total.dims if dim != "pool"]
    names = ", ".join(field.sources[0] for field in inputs)
    check_field(
        "litter_input",
        total.sum("pool", skipna=False).transpose(*places).values,
        f"{monthly.attrs.get('source', 'land model')}: {names}",
        [(dim, total[dim].values if dim in total.coords else None) for dim in places],
    )
    unit, what = "year-1", "annual carbon input to the litter pools"
    by_layer.attrs = {"units": f"g m-3 {unit}", "long_name": f"{what}, by layer"}
    total.attrs = {"units": f"g m-2 {unit}", "long_name": what}
    return xr.Dataset({"litter_input": total, "litter_input_by_layer": by_layer})


def read_clm_carbon(paths, nodes, years=None):
    """CLM's own soil carbon, for comparison with the fitted model.

    nodes: (n,) in m. Returns a Dataset with soil_carbon_density gC m-3 on (layer, lat, lon), the
    sum of the three soil pools (SOIL1C_vr.. or SOM_ACT_C_vr.. since CTSM 5.1), interpolated in
    depth where the file has other levels. Raises InputError as `read_clm_soil`.
    """
    history = History(paths)
    pools = ("SOIL1C_vr", "SOIL2C_vr", "SOIL3C_vr")
    fields = _Fields(history)
    history.require(*(FIELDS[name] for name in pools))
    nodes = _checked_nodes(nodes)
    density = sum(fields.layers(pool, nodes, "all", years)[0] for pool in pools)
    axes = [("depth", nodes), ("lat", history.lat), ("lon", history.lon)]
    check_field("soc_density", density, history.where(*(FIELDS[name] for name in pools)), axes)
    density = _variable(density, ("layer", "lat", "lon"), "soil_carbon_density")
    return _dataset({"soil_carbon_density": density}, history, fields, nodes)


def read_clm_npp(paths, years=None):
    """Net primary production of CLM: mean, smallest and largest annual total.

    Returns a Dataset on (lat, lon): npp_mean, npp_min, npp_max in gC m-2 yr-1, from gC m-2 s-1 by
    86400 * 365, and the attribute of the years used. Raises InputError as `read_clm_soil`.
    """
    history = History(paths)
    annual = history.mean(FIELDS["NPP"], "year", years=years)
    annual *= SECONDS_PER_YEAR
    axes = [("year", None), ("lat", history.lat), ("lon", history.lon)]
    check_field("npp", annual, history.where(FIELDS["NPP"]), axes)
    require_nonzero(annual, history.where(FIELDS["NPP"]), "net primary production")
    values = {"mean": annual.mean(axis=0), "min": annual.min(axis=0), "max": annual.max(axis=0)}
    variables = {
        f"npp_{key}": _variable(value, ("lat", "lon"), f"npp_{key}")
        for key, value in values.items()
    }
    period = history.period(FIELDS["NPP"], years)
    return _dataset(variables, history, _Fields(history), period=period)


class _Fields:
    """Fields of a history, with the substitutes chosen for those it does not hold."""

    def __init__(self, history, missing_fields=None, land=None):
        self.history, self.table = history, dict(FIELDS)
        self.notes, self.grids, self.substitutes = [], set(), {}
        wanted = []
        for field in land.fields if land is not None else ():
            if field.role is Role.LITTER_INPUT:
                for name in field.sources:
                    self.table[name] = Field((name,), INPUT_UNITS, 0, slack=NEGATIVE_INPUT)
            if not field.optional:
                wanted += [name for name in field.sources if name not in wanted]
        for name, choice in (missing_fields or {}).items():
            where = f"missing_fields: {name}"
            possible = [other for other in land.sources if other != land.LAND]
            if name not in possible:
                hint = "it also shows where there is land" if name == land.LAND else None
                raise InputError(where, "one of " + ", ".join(possible), f"'{name}'", hint)
            if not isinstance(choice, dict) or list(choice) not in (["value"], ["use"]):
                raise InputError(where, "either {value: number} or {use: field}", repr(choice))
            if self.table[name] in history:
                logger.info("%s is in the files; its entry in missing_fields is not used", name)
            else:
                self.substitutes[name] = self._substitute(where, self.table[name], **choice)
                logger.warning("not in the files: %s", self.notes[-1])
        needed = (self.table[name] for name in wanted if name not in self.substitutes)
        history.require(*needed, hint="name a substitute under missing_fields to go on without")

    def __contains__(self, name):
        """Whether a field is in the files or has a substitute."""
        return name in self.substitutes or self.table[name] in self.history

    def _substitute(self, where, field, value=None, use=None):
        """The number or the Field that stands in for ``field``."""
        if use is not None:
            alike = [n for n, f in self.table.items() if f.units == field.units and f != field]
            if use not in alike:
                raise InputError(where, "a field in the same unit: " + ", ".join(alike), f"{use!r}")
            self.history.require(self.table[use])
            self.notes.append(f"{field.name} taken from {use}")
            return self.table[use]
        value = float(as_array(where, [value], (1,), " or ".join(field.units))[0])
        if not field.lower <= value <= field.upper:
            limits = f"[{number_text(field.lower)}, {number_text(field.upper)}]"
            expected = f"a value in {limits} {' or '.join(field.units)}"
            raise InputError(
                where, expected.rstrip(), number_text(value, field.lower, field.upper), field.hint
            )
        self.notes.append(f"{field.name} set to {value:g} everywhere")
        return value

    def unit(self, name):
        """Unit in the files; a constant is in the first of the accepted units."""
        source = self._source(name)
        return self.history.unit(source) if isinstance(source, Field) else self.table[name].units[0]

    def layers(self, name, nodes, by, years, interpolate=True):
        """Mean at the nodes, (groups, n, lat, lon)."""
        field = self._source(name)
        if not isinstance(field, Field):
            return self._constant(field, by, years, nodes.size)
        read = partial(self.history.mean, field, by, years=years)
        return self._at_nodes(field, nodes, read, interpolate)

    def fixed_layers(self, name, nodes, interpolate=True):
        """A field at the nodes that does not change with time, (n, lat, lon)."""
        field = self._source(name)
        if not isinstance(field, Field):
            return self._constant(field, "all", None, nodes.size)[0]
        read = partial(self.history.constant, field)
        return self._at_nodes(field, nodes, read, interpolate)

    def _at_nodes(self, field, nodes, read, interpolate):
        have, n = self.history.nodes(field), nodes.size
        if have.size >= n and np.allclose(have[:n], nodes, rtol=NODE_TOLERANCE, atol=0):
            self.grids.add(f"layers 1-{n} of {have.size} levels")
            return read(levels=n)
        if not interpolate or nodes[-1] > have[-1]:
            expected = f"nodes at {nodes[0]:.4g} ... {nodes[-1]:.4g} m ({n})"
            found = f"{have[0]:.4g} ... {have[-1]:.4g} m ({have.size})"
            raise InputError(self.history.where(field) + " levels", expected, found)
        self.grids.add(f"linear interpolation in depth from {have.size} levels")
        needed = int(np.searchsorted(have, nodes[-1])) + 1
        return _interpolate_depth(read(levels=needed), have[:needed], nodes)

    def surface(self, name, by, years):
        """Mean of a field without levels, (groups, lat, lon)."""
        field = self._source(name)
        if not isinstance(field, Field):
            return self._constant(field, by, years)
        return self.history.mean(field, by, years=years)

    def fixed(self, name, years):
        """A field without levels that does not change with time, (lat, lon)."""
        field = self._source(name)
        if not isinstance(field, Field):
            return self._constant(field, "all", years)[0]
        return self.history.constant(field)

    def _source(self, name):
        return self.substitutes.get(name, self.table[name])

    def _constant(self, value, by, years, *levels):
        """The value over the land, which is where there is a soil temperature."""
        land = np.isfinite(self.history.mean(FIELDS["TSOI"], "all", 1, years)[0, 0])
        groups = 12 if by == "month" else 1
        return np.where(land, value, np.nan) * np.ones((groups, *levels, 1, 1))


def _checked_nodes(nodes):
    nodes = as_array("nodes", nodes, (None,), "m")
    if nodes.size == 0 or nodes[0] <= 0 or np.any(np.diff(nodes) <= 0):
        raise InputError("nodes", "depths in m that increase from above 0", f"{nodes}")
    return nodes


def _interpolate_depth(values, have, nodes):
    """Linear in depth along the third axis from last; NaN where either neighbour is missing."""
    lower = np.clip(np.searchsorted(have, nodes), 1, have.size - 1)
    weight = np.clip((nodes - have[lower - 1]) / (have[lower] - have[lower - 1]), 0, 1)
    weight = weight[:, None, None]
    return values[..., lower - 1, :, :] * (1 - weight) + values[..., lower, :, :] * weight


ATTRIBUTES = {
    "soil_carbon_density": ("g m-3", "density of soil organic carbon of CLM, all pools"),
    "npp_mean": ("g m-2 year-1", "carbon mass of annual net primary production, mean of years"),
    "npp_min": ("g m-2 year-1", "carbon mass of annual net primary production, smallest year"),
    "npp_max": ("g m-2 year-1", "carbon mass of annual net primary production, largest year"),
}


def _variable(values, dims, name):
    unit, long_name = ATTRIBUTES[name]
    return dims, values, {"units": unit, "long_name": long_name}


def _tell_incomplete(variables, history):
    """Warn of fields that lack land cells: these cells take their forcing from neighbours."""
    known = {
        name: np.isfinite(values).reshape(-1, *values.shape[-2:]).all(axis=0)
        for name, (_, values, _) in variables.items()
    }
    land = np.any(list(known.values()), axis=0)
    for name, has_data in known.items():
        if not has_data[land].all():
            lacking = int((land & ~has_data).sum())
            text = "%s: %s is missing in %d of %d cells that have other fields: left out"
            logger.warning(text, history.paths[0], name, lacking, int(land.sum()))


def _dataset(variables, history, fields, nodes=None, period=None):
    _tell_incomplete(variables, history)
    lat = ("lat", history.lat, {"units": "degrees_north", "standard_name": "latitude"})
    lon = ("lon", history.lon, {"units": "degrees_east", "standard_name": "longitude"})
    more = f" and {len(history.paths) - 1} more files" if history.paths[1:] else ""
    attrs = {
        "source": f"Community Land Model history: {history.paths[0].name}{more}",
        "substituted_fields": "; ".join(fields.notes) or "none",
    }  # fmt: skip
    if period:
        attrs["period"] = period
    if fields.grids:
        attrs["vertical_grid"] = "; ".join(sorted(fields.grids))
    result = xr.Dataset(variables, coords={"lat": lat, "lon": lon}, attrs=attrs)
    if nodes is not None and "layer" in result.dims:
        depth = {"units": "m", "standard_name": "depth", "positive": "down"}
        result = result.assign_coords(depth=("layer", nodes, depth))
    return result
