"""Tables of model cases: parameter sets and forcings in, pools, SOC and stocks out.

The offline CLM soil column for teaching, checking and use from other languages; a row is a case.
``columns_text`` describes the columns.
"""

import csv
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from proda.arrays import Parameters
from proda.errors import InputError
from proda.files import atomic_path
from proda.model.cases import Cases
from proda.model.default_runs import default_model, default_parameters
from proda.model.forcing import Forcing
from proda.model.layout import POOLS
from proda.model.matrix_model import MatrixModel
from proda.model.structures import STRUCTURES
from proda.text.blocks import read_blocks
from proda.text.formulas import guarded
from proda.text.rows import Layout

__all__ = ["columns_text", "run_table"]

# Depths of reported stocks, m, where the grid is that deep; the whole column is another.
STOCK_DEPTHS = (0.3, 1.0, 2.0)
CHUNK = 2000  # cases at a time, which bounds memory
FOREIGN_BYTES = "surrogateescape"  # carried columns come out as they came in, whatever the encoding
# gC m-3: organic matter with 58 % carbon and no pores (1.5 kg dm-3) fills all space.
MAX_SOC = 870e3

COLUMNS = """\
Columns of a case, by structure (n layers, months 1 to 12):

all          the parameters by code name (resources/parameters.csv), normalised to [0, 1]
{own}

In all structures, with the same indices, or fewer:

t_scalar     CLM's temperature scalar, which is used unchanged in place of tsoi
n_scalar_l1, n_scalar_l2, n_scalar_l3
             nitrogen scalar of each litter pool, in place of n_scalar

--defaults runs CLM's own parameter values. Columns of parameters are then neither read nor carried;
needed are sand or sand_<layer> %, and

{more}

--switch name=value changes a switch of docs/methods/model.md, e.g. century_normalisation=false;
with input_by_layer=true the input is read by layer, with transfers_from_texture=true also sand.

Other columns are ignored and carried to the result unchanged; a column named like one of the result
is replaced. A case without a steady state is an error that names line, layer and cause. Cases with
more carbon in a layer than soil can hold, for instance where decomposition is very slow at depth,
are logged.
"""

logger = logging.getLogger(__name__)


def columns_text() -> str:
    """The columns of a table of cases, by structure, for the help of the command."""
    own = {name: record.cases.columns for name, record in STRUCTURES.items()}
    more = {name: record.cases.default_columns for name, record in STRUCTURES.items()}
    return COLUMNS.format(own=_listed(own), more=_listed(more))


def _listed(texts: dict[str, str]) -> str:
    return "\n".join(
        f"{name:12} " + text.replace("\n", "\n" + 13 * " ") for name, text in texts.items()
    )


Rows = list[dict[str, str]]


def read_cases(
    path: str | Path, model: MatrixModel, version: str | None = None
) -> Iterator[tuple[Rows, Parameters, Forcing]]:
    """Read a table in chunks.

    Parameters
    ----------
    path
        Of the table.
    model
        Determines the columns that are needed.
    version
        As in ``run_table``.

    Yields
    ------
    rows
        Texts of each case by column.
    physical
        (cases, 26) values of the parameters.
    forcing
        Of the cases.

    Raises
    ------
    InputError
        Names file, line, column, what was expected and what was found.
    """
    header: list[str] = []

    def choose(names: list[str]) -> dict[str, int]:
        for name in names:
            if names.count(name) > 1:
                raise InputError(path, "one column of each name", f"more than one {name}")
        header.extend(names)
        return {str(place): place for place in range(len(names))}

    n_cases = 0
    for block in read_blocks(path, Layout(errors=FOREIGN_BYTES), choose, strip=False):
        n_cases += len(block)
        for begin in range(0, len(block), CHUNK):
            part = slice(begin, begin + CHUNK)
            cells = zip(*(column[part] for column in block.cells.values()), strict=True)
            rows = [dict(zip(header, row, strict=True)) for row in cells]
            lines = block.lines[part].tolist()
            yield rows, *_interpret(Cases(path, header, rows, lines), model, version)
    if n_cases == 0:
        raise InputError(path, "at least one case", "a header only")


def _interpret(cases: Cases, model: MatrixModel, version: str | None) -> tuple[Parameters, Forcing]:
    """Physical values (cases, 26) and forcing."""
    if version is None:
        columns = list(model.parameters.code_names)
        theta = cases.numbers(columns)
        with cases.located({"theta": columns}, {"theta": (len(columns),)}):
            physical = model.physical(theta)
        _require_decomposition(cases, model, physical)
    forcing = model.structure.cases.read(cases, model, version)
    if version is not None:
        physical = default_parameters(model.structure.name, forcing, version)
    model.require_steady_state(forcing, where=cases.line)
    return physical, forcing


def _require_decomposition(cases: Cases, model: MatrixModel, physical: Parameters) -> None:
    for row in np.flatnonzero(model.sets_without_decomposition(physical))[:1]:
        scaling = "" if model.switches.water_from_potential else " and water scaling"
        raise InputError(
            cases.line(row),
            f"an e-folding depth{scaling} above 0",
            "a set in which nothing decomposes, hence no steady state",
        )


def run_table(
    source: str | Path,
    target: str | Path,
    structure: str,
    version: str | None = None,
    switches: Mapping[str, bool | float] | None = None,
) -> int:
    """Run every case of a table.

    The result repeats the columns of the case, so that a row explains itself, then total_soc and
    the stocks soc_0_30, soc_0_100, soc_0_200 (gC m-2) as far as the grid reaches, soc_<layer> and
    <pool>_<layer> (gC m-3).

    Parameters
    ----------
    source, target
        Table of cases, and of results to write.
    structure
        Name of the structure.
    version
        Of CLM, whose default parameters are run instead of those of the table.
    switches
        Switches that differ.

    Returns
    -------
    int
        Number of cases.

    Raises
    ------
    InputError
        Names file, line, column, what was expected and what was found.
    """
    if version is None:
        model = MatrixModel(structure, **(switches or {}))
    else:
        model = default_model(structure, version, **(switches or {}))
    n_layers = model.grid.n_layers
    layers = range(1, n_layers + 1)
    depths = [depth for depth in STOCK_DEPTHS if depth <= model.grid.bottom]
    results = ["total_soc", *(f"soc_0_{round(100 * depth)}" for depth in depths)]
    results += [f"soc_{layer}" for layer in layers]
    results += [f"{pool}_{layer}" for pool in POOLS for layer in layers]
    replaced = {*results, *(model.parameters.code_names if version is not None else ())}
    n = n_full = first = 0
    with (
        atomic_path(target) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors=FOREIGN_BYTES) as handle,
    ):
        writer = csv.writer(handle, lineterminator="\n")
        for rows, physical, forcing in read_cases(source, model, version):
            carried = [column for column in rows[0] if column not in replaced]
            if n == 0:
                writer.writerow([guarded(column) for column in carried] + results)
            pools = model.steady_state_of(physical, forcing)
            soc = model.soc(pools)
            full = (soc > MAX_SOC).any(axis=1)
            if full.any() and not n_full:
                first = n + int(np.argmax(full)) + 1
            n_full += int(full.sum())
            stocks = [model.stock(soc, 0.0, model.grid.bottom)]
            stocks += [model.stock(soc, 0.0, depth) for depth in depths]
            table = np.column_stack([*stocks, soc, pools.reshape(len(pools), -1)])
            for row, numbers in zip(rows, table.tolist(), strict=True):
                writer.writerow([guarded(row[column]) for column in carried] + numbers)
            n += len(rows)
    if n_full:
        logger.warning(
            "%s: %d of %d cases, from case %d on, have more carbon in a layer than fits into soil "
            "(%g gC m-3): steady states of the model that no soil can have",
            source, n_full, n, first, MAX_SOC,
        )  # fmt: skip
    return n
