"""Tables of model cases: parameter sets and forcings in, pools, SOC and stocks out.

The offline CLM soil column for teaching, checking and use from other languages; a row is a case.
Columns of a case, by structure (n layers, months 1 to 12):

both         the parameters by code name (proda/resources/parameters.csv), normalised to [0, 1]
clm45-10     npp_min, npp_max gC m-2 yr-1; altmax_lastyear m; tsoi_<layer> K; psi_<layer> MPa
clm5-20      nbedrock; input_cwd, input_l1, input_l2, input_l3 gC m-2 yr-1; altmax,
             altmax_lastyear m; tsoi K, w_scalar, o_scalar, n_scalar as <name>_<month>_<layer>.
             Any of these may be given with fewer indices: altmax for all months, tsoi_<layer> for
             all months, o_scalar for all months and layers.

In both structures, with the same indices, or fewer:

t_scalar     CLM's temperature scalar, which is taken as it is in place of tsoi
n_scalar_l1, n_scalar_l2, n_scalar_l3
             nitrogen scalar of each litter pool, in place of n_scalar

--defaults runs CLM's own parameter values. Columns of parameters are then neither read nor carried;
needed are sand or sand_<layer> %, and

clm45-10     npp_mean gC m-2 yr-1
clm5-20      input_cwd_<layer>, input_l1_<layer>, ... gC m-3 yr-1 in place of input_cwd, ...

--switch name=value changes a switch of docs/methods/model.md, e.g. century_normalisation=false;
with input_by_layer=true the input is read by layer, with transfers_from_texture=true also sand.

Other columns are ignored and carried to the result unchanged; a column named like one of the result
is replaced. A case without a steady state is an error that names line, layer and cause. Cases with
more carbon in a layer than soil can hold, as where little decomposes in the deep, are logged.
"""

import csv
import logging
from contextlib import contextmanager
from dataclasses import fields, replace

import numpy as np

from proda.errors import InputError
from proda.files import atomic_path
from proda.model.default_runs import default_model, default_parameters
from proda.model.forcing import AnnualForcing, MonthlyForcing
from proda.model.matrix_model import MatrixModel
from proda.model.structure import POOLS, Switches
from proda.text.blocks import read_blocks
from proda.text.formulas import guarded
from proda.text.rows import Layout

__all__ = ["read_switches", "run_table"]

# Depths of reported stocks, m; the last is the whole column.
STOCK_DEPTHS = (0.3, 1.0, 2.0)
CHUNK = 2000  # cases at a time, which bounds memory
FOREIGN_BYTES = "surrogateescape"  # carried columns come out as they came in, whatever the encoding
LITTER = ("l1", "l2", "l3")
INPUT_POOLS = ("cwd", *LITTER)
# gC m-3: organic matter with 58 % carbon and no pores (1.5 kg dm-3) fills all space.
GREATEST_SOC = 870e3

logger = logging.getLogger(__name__)


class _Cases:
    """Rows of a CSV file with checked access to its numbers."""

    def __init__(self, path, header, rows, lines):
        self.path, self.header, self.rows, self.lines = path, header, rows, lines

    def __contains__(self, column):
        return column in self.header

    def line(self, row):
        return f"{self.path}, line {self.lines[row]}"

    def where(self, row, column):
        return f"{self.line(row)}, column {column}"

    def numbers(self, columns):
        """Values of the named columns, (cases, columns). Raises InputError with line and column."""
        missing = [column for column in columns if column not in self.header]
        if missing:
            hint = "cells are separated by commas" if len(self.header) == 1 else None
            found = ", ".join(name[:60] for name in self.header[:60])
            raise InputError(self.path, f"a column {missing[0]}", found, hint)
        values = np.empty((len(self.rows), len(columns)))
        for i, row in enumerate(self.rows):
            for k, column in enumerate(columns):
                try:
                    values[i, k] = float(row[column])
                except (TypeError, ValueError):
                    found = "nothing" if row[column] in (None, "") else repr(row[column])
                    raise InputError(self.where(i, column), "a number", found) from None
        return values

    @contextmanager
    def located(self, sources, shapes):
        """Say an InputError at ``name[row, ...]`` in terms of the file: line and column.

        sources: columns of the file by name of the array; shapes: shape of one row of each.
        """
        try:
            yield
        except InputError as error:
            name, _, index = error.where.partition("[")
            if not index:
                raise
            row, *inner = (int(i) for i in index.rstrip("]").split(", "))
            if inner or not shapes[name]:
                flat = int(np.ravel_multi_index(inner, shapes[name])) if inner else 0
                place = self.where(row, sources[name][flat])
            else:
                place = self.line(row)
            raise InputError(place, error.expected, error.found, error.hint) from None


def read_switches(texts):
    """Switches by name from texts like ``water_scalar_floor=0.1``. Raises InputError."""
    switches = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise InputError("--switch", "name=value", repr(text))
        if name in switches:
            raise InputError("--switch", "each switch once", f"{name} again")
        if isinstance(Switches._field_defaults.get(name), bool):
            known = {"true": True, "false": False}
            if value.lower() not in known:
                raise InputError(f"switch {name}", "true or false", repr(value))
            switches[name] = known[value.lower()]
        else:
            try:
                switches[name] = float(value)
            except ValueError:
                # An unknown name is said by the model, which knows them all.
                if name in Switches._fields:
                    raise InputError(f"switch {name}", "a number", repr(value)) from None
                switches[name] = value
    return switches


def read_cases(path, model, version=None):
    """Yield (rows, physical values, forcing) of a table in chunks; rows are dicts of its texts.

    version: as in ``run_table``. Raises InputError that names file, line, column, what was expected
    and what was found.
    """
    header = []

    def choose(names):
        for name in names:
            if names.count(name) > 1:
                raise InputError(path, "one column of each name", f"more than one {name}")
        header.extend(names)
        return {name: place for place, name in enumerate(names)}

    n_cases = 0
    for block in read_blocks(path, Layout(errors=FOREIGN_BYTES), choose, strip=False):
        n_cases += len(block)
        for begin in range(0, len(block), CHUNK):
            part = slice(begin, begin + CHUNK)
            cells = zip(*(column[part] for column in block.cells.values()), strict=True)
            rows = [dict(zip(header, row, strict=True)) for row in cells]
            lines = block.lines[part].tolist()
            yield rows, *_interpret(_Cases(path, header, rows, lines), model, version)
    if n_cases == 0:
        raise InputError(path, "at least one case", "a header only")


def _interpret(cases, model, version):
    """Physical values (cases, 26) and forcing."""
    if version is None:
        columns = list(model.parameters.code_names)
        theta = cases.numbers(columns)
        with cases.located({"theta": columns}, {"theta": (len(columns),)}):
            physical = model.physical(theta)
        _require_decomposition(cases, model, physical)
    build = {"clm45-10": _annual, "clm5-20": _monthly}[model.structure.name]
    forcing = build(cases, model, version)
    if version is not None:
        physical = default_parameters(model.structure.name, forcing, version)
    model.require_steady_state(forcing, where=cases.line)
    return physical, forcing


def _require_decomposition(cases, model, physical):
    for row in np.flatnonzero(model.sets_without_decomposition(physical))[:1]:
        scaling = "" if model.switches.water_from_potential else " and water scaling"
        raise InputError(
            cases.line(row),
            f"an e-folding depth{scaling} above 0",
            "a set in which nothing decomposes, hence no steady state",
        )


def _annual(cases, model, version):
    n_layers = model.grid.n_layers
    layers = range(1, n_layers + 1)
    sources = {
        "npp_min": ["npp_min"],
        "npp_max": ["npp_max"],
        "active_layer_depth": ["altmax_lastyear"],
        "soil_water_potential": [f"psi_{layer}" for layer in layers],
    }
    if _given(cases, "t_scalar"):
        sources["temperature_scalar"] = _by_layer(cases, "t_scalar", n_layers)
    else:
        sources["soil_temperature"] = [f"tsoi_{layer}" for layer in layers]
    if any(_given(cases, f"n_scalar_{pool}") for pool in LITTER):
        sources["nitrogen_scalar_by_pool"] = [
            column for pool in LITTER for column in _by_layer(cases, f"n_scalar_{pool}", n_layers)
        ]
    if version is not None:
        sources["npp_mean"] = ["npp_mean"]
    # CLM4.5's saturated water potential is that of the texture.
    if model.switches.transfers_from_texture or version == "clm4.5":
        sources["sand"] = _by_layer(cases, "sand", n_layers)
    values = {name: cases.numbers(columns) for name, columns in sources.items()}
    return _forcing(cases, AnnualForcing, values, sources)


def _monthly(cases, model, version):
    n_layers = model.grid.n_layers
    layers = range(1, n_layers + 1)
    sources = {
        "water_scalar": _indexed(cases, "w_scalar", n_layers),
        "oxygen_scalar": _indexed(cases, "o_scalar", n_layers),
        "active_layer_depth": _indexed(cases, "altmax", 0),
        "active_layer_depth_last_year": _indexed(cases, "altmax_lastyear", 0),
        "bedrock_layer": ["nbedrock"],
    }
    if _given(cases, "t_scalar"):
        sources["temperature_scalar"] = _indexed(cases, "t_scalar", n_layers)
    else:
        sources["soil_temperature"] = _indexed(cases, "tsoi", n_layers)
    if any(_given(cases, f"n_scalar_{pool}") for pool in LITTER):
        sources["nitrogen_scalar_by_pool"] = [
            column for pool in LITTER for column in _indexed(cases, f"n_scalar_{pool}", n_layers)
        ]
    else:
        sources["nitrogen_scalar"] = _indexed(cases, "n_scalar", n_layers)
    if model.switches.input_by_layer:
        sources["litter_input_by_layer"] = [
            f"input_{pool}_{layer}" for pool in INPUT_POOLS for layer in layers
        ]
    else:
        sources["litter_input"] = [f"input_{pool}" for pool in INPUT_POOLS]
    if model.switches.transfers_from_texture:
        sources["sand"] = _by_layer(cases, "sand", n_layers)
    values = {name: cases.numbers(columns) for name, columns in sources.items()}
    forcing = _forcing(cases, MonthlyForcing, values, sources)
    larger = np.maximum(forcing.active_layer_depth, forcing.active_layer_depth_last_year)
    return replace(forcing, active_layer_depth=larger)


def _given(cases, name):
    """Is a field in the table, with whatever indices?"""
    return any(column in cases for column in (name, f"{name}_1", f"{name}_1_1"))


def _by_layer(cases, name, n_layers):
    """Columns of a field in order of the layers: <name>_<layer>, or <name> for all of them."""
    if f"{name}_1" not in cases and name in cases:
        return [name] * n_layers
    return [f"{name}_{layer}" for layer in range(1, n_layers + 1)]


def _indexed(cases, name, n_layers):
    """Columns of a monthly field in (month, layer) order, from the fullest form the table has."""
    months, layers = range(1, 13), range(1, n_layers + 1)
    if not n_layers:
        return [f"{name}_{m}" for m in months] if f"{name}_1" in cases else [name] * 12
    if f"{name}_1_1" in cases:
        return [f"{name}_{m}_{layer}" for m in months for layer in layers]
    if f"{name}_1" in cases:
        return [f"{name}_{layer}" for _ in months for layer in layers]
    return [name] * (12 * n_layers)


def _forcing(cases, kind, values, sources):
    shapes = {door.name: door.metadata["door"][1] for door in fields(kind)}
    with cases.located(sources, shapes):
        return kind(**{name: array.reshape(-1, *shapes[name]) for name, array in values.items()})


def run_table(source, target, structure, version=None, switches=None):
    """Run every case of the table ``source`` and write the table ``target``.

    version: run at the default parameters of "clm5" or "clm4.5" instead of those of the table.
    switches: mapping of switches that differ. The result repeats the columns of the case, so that a
    row explains itself, then total_soc and the stocks soc_0_30, soc_0_100, soc_0_200 (gC m-2),
    soc_<layer> and <pool>_<layer> (gC m-3). Returns the number of cases. Raises InputError that
    names file, line, column, what was expected and what was found.
    """
    if version is None:
        model = MatrixModel(structure, **(switches or {}))
    else:
        model = default_model(structure, version, **(switches or {}))
    n_layers = model.grid.n_layers
    layers = range(1, n_layers + 1)
    results = ["total_soc", *(f"soc_0_{round(100 * depth)}" for depth in STOCK_DEPTHS)]
    results += [f"soc_{layer}" for layer in layers]
    results += [f"{pool}_{layer}" for pool in POOLS for layer in layers]
    left = {*results, *(model.parameters.code_names if version is not None else ())}
    n = n_full = first = 0
    with (
        atomic_path(target) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors=FOREIGN_BYTES) as handle,
    ):
        writer = csv.writer(handle, lineterminator="\n")
        for rows, physical, forcing in read_cases(source, model, version):
            carried = [column for column in rows[0] if column not in left]
            if n == 0:
                writer.writerow([guarded(column) for column in carried] + results)
            pools = model.steady_state_of(physical, forcing)
            soc = model.soc(pools)
            full = (soc > GREATEST_SOC).any(axis=1)
            if full.any() and not n_full:
                first = n + int(np.argmax(full)) + 1
            n_full += int(full.sum())
            stocks = [model.stock(soc, 0.0, model.grid.bottom)]
            stocks += [model.stock(soc, 0.0, depth) for depth in STOCK_DEPTHS]
            table = np.column_stack([*stocks, soc, pools.reshape(len(pools), -1)])
            for row, numbers in zip(rows, table.tolist(), strict=True):
                writer.writerow([guarded(row[column]) for column in carried] + numbers)
            n += len(rows)
    if n_full:
        logger.warning(
            "%s: %d of %d cases, from case %d on, have more carbon in a layer than fits into soil "
            "(%g gC m-3): steady states of the model, but of no soil",
            source, n_full, n, first, GREATEST_SOC,
        )  # fmt: skip
    return n
