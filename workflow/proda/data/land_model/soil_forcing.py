"""Soil forcing from output of the Community Land Model, for the two structures of the soil model.

`read_clm_annual` serves the 10-layer structure, whose decomposition is driven by mean temperature
and water potential; `read_clm_monthly` the 20-layer structure, driven by a climatology of 12
months and by CLM's own scalars and litter inputs; `read_clm_carbon` and `read_clm_npp` give what
CLM made of it: its soil carbon and its net primary production.

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
from proda.quantities import QUANTITIES, check_distribution

__all__ = [
    "annual_litter_input",
    "read_clm_annual",
    "read_clm_carbon",
    "read_clm_monthly",
    "read_clm_npp",
]

SECONDS_PER_DAY = 86400
# CLM runs without leap days, so a year of its fluxes has this many seconds.
SECONDS_PER_YEAR = SECONDS_PER_DAY * 365
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
# Carbon that each litter pool receives per layer, gC m-3 in the month or gC m-3 s-1.
LITTER_INPUTS = {
    "input_cwd": "CWD_INPUT_ACC_VECTOR",
    "input_metabolic": "LITR1_INPUT_ACC_VECTOR",
    "input_cellulose": "LITR2_INPUT_ACC_VECTOR",
    "input_lignin": "LITR3_INPUT_ACC_VECTOR",
}

# The field that says where there is land; nothing stands in for it.
LAND = "TSOI"
# Only the runs at default parameters need it.
OPTIONAL = ("CELLSAND",)

logger = logging.getLogger(__name__)


def read_clm_annual(paths, nodes, missing_fields=None, years=None):
    """Mean forcing of the 10-layer structure from monthly or annual history files.

    paths: a path, glob pattern or list. nodes: (n,) node depths in m of the model's layers. If the
    file's uppermost nodes are these, its layers are taken as they are; otherwise TSOI and SOILPSI
    are interpolated linearly in depth (above the file's first node its value holds). years: first
    and last model year to use.
    Returns a Dataset on (layer, lat, lon): soil_temperature K, soil_water_potential MPa (<= 0),
    active_layer_depth m (of the year before), and sand % if CELLSAND is there; float64, NaN
    outside the land.
    Raises InputError naming file and variable for missing fields, units or impossible values.
    """
    history = History(paths)
    wanted = ("TSOI", "SOILPSI", "ALTMAX_LASTYEAR")
    fields = _Fields(history, missing_fields, wanted, optional=OPTIONAL)
    nodes = _checked_nodes(nodes)
    variables = {}
    for name, field in (("soil_temperature", "TSOI"), ("soil_water_potential", "SOILPSI")):
        variables[name] = _variable(
            fields.layers(field, nodes, "all", years)[0], ("layer", "lat", "lon"), name
        )
    if "CELLSAND" in fields:
        sand = fields.fixed_layers("CELLSAND", nodes)
        variables["sand"] = _variable(sand, ("layer", "lat", "lon"), "sand")
    depth = fields.surface("ALTMAX_LASTYEAR", "all", years)[0]
    variables["active_layer_depth"] = _variable(depth, ("lat", "lon"), "active_layer_depth")
    for name, field in (("soil_temperature", "TSOI"), ("soil_water_potential", "SOILPSI")):
        check_distribution(name, variables[name][1], history.where(FIELDS[field]))
    return _dataset(variables, history, fields, nodes, period=history.period(FIELDS["TSOI"], years))


def read_clm_monthly(paths, nodes, missing_fields=None, years=None):
    """Monthly climatology of the forcing of the 20-layer structure.

    nodes: (n,) node depths in m; the file must have these levels, because scalars and inputs of
    one vertical grid have no meaning on another.
    Returns a Dataset on (month, layer, lat, lon), float32: soil_temperature K; water_scalar,
    oxygen_scalar, nitrogen_scalar (0-1); the litter inputs gC m-3 month-1;
    active_layer_depth_last_year m (month, lat, lon), and active_layer_depth, the larger of this
    and that of the current year; bedrock_layer (lat, lon), the number of soil layers above bedrock
    (nbedrock); and sand % if CELLSAND is there. Raises InputError as `read_clm_annual`.
    """
    history = History(paths)
    inputs = {
        name: Field((source,), INPUT_UNITS, 0, slack=NEGATIVE_INPUT)
        for name, source in LITTER_INPUTS.items()
    }
    layered = {
        "soil_temperature": FIELDS["TSOI"],
        "water_scalar": FIELDS["W_SCALAR"],
        "oxygen_scalar": FIELDS["O_SCALAR"],
        "nitrogen_scalar": FIELDS["FPI_vr"],
        **inputs,
    }
    wanted = [field.name for field in layered.values()]
    wanted += ["ALTMAX", "ALTMAX_LASTYEAR", "nbedrock"]
    more = {field.name: field for field in inputs.values()}
    fields = _Fields(history, missing_fields, wanted, more, OPTIONAL)
    nodes = _checked_nodes(nodes)
    variables = {}
    for name, field in layered.items():
        values = fields.layers(field.name, nodes, "month", years, interpolate=False)
        if name in inputs and fields.unit(field.name) == "gC m-3 s-1":
            values *= SECONDS_PER_DAY * MONTH_DAYS[:, None, None, None]
        dims = ("month", "layer", "lat", "lon")
        variables[name] = _variable(values.astype(np.float32), dims, name)
    last_year = fields.surface("ALTMAX_LASTYEAR", "month", years).astype(np.float32)
    this_year = fields.surface("ALTMAX", "month", years).astype(np.float32)
    dims, name = ("month", "lat", "lon"), "active_layer_depth"
    variables[name] = _variable(np.maximum(this_year, last_year), dims, f"{name}_of_two_years")
    variables[f"{name}_last_year"] = _variable(last_year, dims, f"{name}_last_year")
    bedrock = fields.fixed("nbedrock", years)
    if np.any(bedrock % 1 > 0):
        raise InputError(history.where(FIELDS["nbedrock"]), "whole layer numbers", "fractions")
    variables["bedrock_layer"] = _variable(bedrock, ("lat", "lon"), "bedrock_layer")
    if "CELLSAND" in fields:
        sand = fields.fixed_layers("CELLSAND", nodes, interpolate=False)
        variables["sand"] = _variable(sand, ("layer", "lat", "lon"), "sand")
    temperature = variables["soil_temperature"][1]
    check_distribution("soil_temperature", temperature, history.where(FIELDS["TSOI"]))
    result = _dataset(
        variables, history, fields, nodes, period=history.period(FIELDS["TSOI"], years)
    )
    return result.assign_coords(
        month=("month", np.arange(1, 13), {"long_name": "month of the year"})
    )


def annual_litter_input(monthly, thickness):
    """Litter input of a year from the months of `read_clm_monthly`, at cells or sampled points.

    thickness: (n,) of the layers in m. Returns a Dataset without months: litter_input (pool, ...)
    gC m-2 yr-1 and litter_input_by_layer (pool, layer, ...) gC m-3 yr-1, pools in the order of
    LITTER_INPUTS. Raises InputError for inputs of a year that no vegetation has.
    """
    thickness = as_array("thickness", thickness, (monthly.sizes["layer"],), "m")
    annual = [monthly[name].astype(float).sum("month", skipna=False) for name in LITTER_INPUTS]
    by_layer = xr.concat(annual, "pool", coords="minimal", compat="override")
    total = (by_layer * xr.DataArray(thickness, dims="layer")).sum("layer", skipna=False)
    places = [dim for dim in total.dims if dim != "pool"]
    check_field(
        "litter_input",
        total.sum("pool", skipna=False).transpose(*places).values,
        f"{monthly.attrs.get('source', 'land model')}: {', '.join(LITTER_INPUTS.values())}",
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
    depth where the file has other levels. Raises InputError as `read_clm_annual`.
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
    86400 * 365, and the attribute of the years used. Raises InputError as `read_clm_annual`.
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

    def __init__(self, history, missing_fields=None, wanted=(), more=None, optional=()):
        self.history = history
        self.table = FIELDS | (more or {})
        self.notes, self.grids, self.substitutes = [], set(), {}
        for name, choice in (missing_fields or {}).items():
            where = f"missing_fields: {name}"
            replaceable = [other for other in (*wanted, *optional) if other != LAND]
            if name not in replaceable:
                hint = "it also says where land is" if name == LAND else None
                raise InputError(where, "one of " + ", ".join(replaceable), f"'{name}'", hint)
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
    "soil_temperature": ("K", "soil temperature", "soil_temperature"),
    "soil_water_potential": ("MPa", "soil water potential", None),
    "active_layer_depth": ("m", "largest active-layer depth of the year before", None),
    "active_layer_depth_of_two_years": (
        "m",
        "largest active-layer depth of the current year and the year before",
        None,
    ),
    "active_layer_depth_last_year": ("m", "largest active-layer depth of the year before", None),
    "water_scalar": ("1", "moisture limitation of decomposition (W_SCALAR)", None),
    "oxygen_scalar": ("1", "oxygen limitation of decomposition (O_SCALAR)", None),
    "nitrogen_scalar": ("1", "nitrogen limitation of litter decomposition (FPI_vr)", None),
    "bedrock_layer": (
        "1",
        "number of soil layers above bedrock (nbedrock)",
        None,
    ),
    "sand": ("%", "mass fraction of sand in the fine earth", None),
    "soil_carbon_density": ("g m-3", "density of soil organic carbon of CLM, all pools", None),
    "npp_mean": (
        "g m-2 year-1",
        "carbon mass of annual net primary production, mean of years",
        None,
    ),
    "npp_min": (
        "g m-2 year-1",
        "carbon mass of annual net primary production, smallest year",
        None,
    ),
    "npp_max": ("g m-2 year-1", "carbon mass of annual net primary production, largest year", None),
}


def _variable(values, dims, name):
    unit, long_name, standard_name = ATTRIBUTES.get(
        name, ("g m-3 month-1", f"carbon {name.replace('_', ' ')}", None)
    )
    attrs = {"units": unit, "long_name": long_name}
    return dims, values, attrs | ({"standard_name": standard_name} if standard_name else {})


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
