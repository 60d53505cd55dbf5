"""Builds the series of blocks of cells from monthly history of a land model.

Each field of each file is read once, a year at a time, and what a year gives goes to the files of
all blocks before the next is read: memory holds the months of one year of one field on the grid of
the history, and the forcing of one year in the cells.

A cell with a missing value in any month, or with carbon input that is refused, gets a status and a
reason and never stops the others. What is wrong with a file stops the build: missing months, steps
that overlap, units, values out of range.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from proda import arrays
from proda.arrays import Counts, FloatArray
from proda.config.keys import as_plain
from proda.config.sections.forcing_series import ForcingSeriesSettings
from proda.data.cells import Cells
from proda.data.interpolation import diagonal_km
from proda.data.land_model import field_table
from proda.data.land_model.field_table import litter_input_field
from proda.data.land_model.history import History, Paths
from proda.data.land_model.litter import fluxes
from proda.data.land_model.substitutes import HistoryFields
from proda.data.series.climate import YearlyClimate
from proda.data.series.file import SeriesWriter
from proda.data.series.inputs import (
    CMIP_NPP,
    FLUX_FIELDS,
    NPP,
    VEGETATION_FLUX,
    LitterYear,
    YearlyInput,
    annual_npp,
    choose_way,
    npp_ratio,
    vegetation_flux,
    yearly_input,
)
from proda.data.series.judgement import Judgement
from proda.data.series.mapping import CellMap, make_cell_map
from proda.data.series.record import (
    BY_LAYER,
    INPUT_FACTOR,
    LITTER,
    SeriesCells,
    Status,
    base_years_of,
)
from proda.data.series.sample import Sample
from proda.data.series.static import StaticForcing, read_static
from proda.data.series.years import HistoryYears
from proda.errors import InputError
from proda.files import StrPath
from proda.model.structure import LandModel, Role, Structure
from proda.model.structures import get_structure

__all__ = ["Block", "SeriesSource", "blocks_of", "build_series"]

KM_PER_DEGREE = 111.2
SAME_FLUX = 0.01  # of the reported flux from vegetation to litter, by which the input may differ

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Block:
    """A file and its n cells.

    Attributes
    ----------
    path
        File of the block.
    cell
        (n,) numbers of its cells on the grid of the run.
    area_m2
        (n,) land that each represents.
    """

    path: Path
    cell: Counts
    area_m2: arrays.Cells


@dataclass(frozen=True)
class SeriesSource:
    """Where the forcing comes from, and how it gets to the cells.

    Attributes
    ----------
    structure
        Name of the structure.
    paths
        Files of the history.
    grid_forcing
        File of the static forcing of the cells.
    settings
        Years, input and substitutes.
    temperature
        TSOI, or T_SCALAR as the static forcing has it.
    interpolation, max_distance_km
        As for the static forcing.
    """

    structure: str
    paths: Paths
    grid_forcing: StrPath
    settings: ForcingSeriesSettings
    temperature: str = LandModel.LAND
    interpolation: str = "bilinear"
    max_distance_km: float | None = None


def blocks_of(sample: Sample, reader: int, readers: int, paths: Sequence[StrPath]) -> list[Block]:
    """The blocks of one of several jobs: successive cells, and so a band of latitudes.

    Parameters
    ----------
    sample
        All cells of the runs.
    reader
        Number of the job, from 0.
    readers
        Number of jobs.
    paths
        Files of its blocks.

    Raises
    ------
    InputError
        For more blocks than cells.
    """
    total = readers * len(paths)
    if total > len(sample.cell):
        expected = f"no more blocks than the {len(sample.cell)} cells"
        raise InputError("transient.forcing.blocks", expected, str(total))
    rows = np.array_split(np.arange(len(sample.cell)), total)
    rows = rows[reader * len(paths) : (reader + 1) * len(paths)]
    return [
        Block(Path(path), sample.cell[part], sample.area_m2[part])
        for path, part in zip(paths, rows, strict=True)
    ]


def build_series(
    source: SeriesSource,
    cells: Cells,
    blocks: Sequence[Block],
    attrs: Mapping[str, Any] | None = None,
    all_cells: bool = True,
) -> Counts:
    """Write the series of blocks.

    Parameters
    ----------
    source
        History and static forcing.
    cells
        Of the run.
    blocks
        Files to write. Only the latitudes of their cells are read.
    attrs
        Further global attributes of the files.
    all_cells
        Whether these blocks are all there are, so that one cell must be usable.

    Returns
    -------
    ndarray
        Number of cells of each `Status`.

    Raises
    ------
    InputError
        Naming file, variable and time, for whatever is wrong with the files; for years that they
        do not have; and if no cell is usable.
    """
    history = History(source.paths)
    with ExitStack() as stack:
        stack.enter_context(history.kept_open())
        build = _Build(source, history, cells, np.concatenate([block.cell for block in blocks]))
        writers = [stack.enter_context(build.writer(block, attrs or {})) for block in blocks]
        ends = np.cumsum([len(block.cell) for block in blocks])
        parts = [slice(end - len(block.cell), end) for end, block in zip(ends, blocks, strict=True)]
        for i in range(build.count):
            values = build.year(i)
            for writer, part in zip(writers, parts, strict=True):
                year = {name: array[part] for name, array in values.items()}
                writer.put(build.first_year + i, year)
        build.finish(all_cells)
        judged = build.judgement
        for writer, part in zip(writers, parts, strict=True):
            writer.judge(judged.status[part], judged.reason[part], build.notes)
    return np.bincount(judged.status, minlength=len(Status))


class _Build:
    """The years of all cells of some blocks."""

    def __init__(self, source: SeriesSource, history: History, cells: Cells, cell: Counts) -> None:
        settings = source.settings
        self.record: Structure = get_structure(source.structure)
        self.first_year, last = settings.years
        self.count = last - self.first_year + 1
        self.base = base_years_of(settings.years, settings.base_years)
        self.settings, self.cells, self.cell = settings, cells, cell
        reach = source.max_distance_km
        reach = diagonal_km(history.lat, history.lon) if reach is None else reach
        margin = reach / KM_PER_DEGREE
        lon, lat = cells.lon[cell], cells.lat[cell]
        history.crop(lat.min() - margin, lat.max() + margin)
        land = self.record.land_model.driven_by(source.temperature).without_litter_inputs()
        fields = HistoryFields(history, as_plain(settings.missing_fields), land)
        fields.table |= field_table.FIELDS | fluxes.FIELDS | FLUX_FIELDS
        for field in self.record.land_model.litter_inputs:
            fields.table |= {name: litter_input_field(name) for name in field.sources}
        self.years = HistoryYears(fields, settings.years, self.record.grid.node, land.interpolate)
        self.climate = YearlyClimate(self.years, land)
        self.static: StaticForcing = read_static(source.grid_forcing, source.structure, cell)
        self.way = "npp"
        if not self.record.input_from_npp:
            self.way = choose_way(self.years, self.record, settings.litter_input)
        self.judgement = Judgement(cell.size, self.first_year)
        self.judgement.exclude(
            ~self.static.known, Status.NO_FORCING, f"no forcing in {Path(source.grid_forcing).name}"
        )
        self.map = self._map(fields, source.interpolation, reach, (lon, lat))
        self.judgement.exclude(
            ~self.map.found, Status.NO_FORCING, f"no cell of the history within {reach:g} km"
        )
        self.ratio = self._ratio() if self.way == "npp" else None
        self.input: YearlyInput | None = None
        if not self.record.input_from_npp:
            self.input = yearly_input(
                self.way, self.years, self.record, self.static, self.map, self.ratio
            )
        self.reported = VEGETATION_FLUX if VEGETATION_FLUX in self.years else None
        if self.reported is not None:
            self.years.require([self.reported])
        self.base_input = np.zeros(cell.size)
        self._sums = np.zeros((2, cell.size))
        self.notes = {
            "litter_input_source": self.way,
            "substituted_fields": "; ".join(fields.notes) or "none",
            "period": history.period(fields.land, settings.years),
        }

    def writer(self, block: Block, attrs: Mapping[str, Any]) -> SeriesWriter:
        """The file of a block."""
        rows = np.flatnonzero(np.isin(self.cell, block.cell))
        n = len(block.cell)
        cells = SeriesCells(
            block.cell,
            self.cells.lon[block.cell],
            self.cells.lat[block.cell],
            block.area_m2,
            np.zeros(n, np.int8),
            np.full(n, "", dtype=object),
        )
        names = {field.name for field in self.climate.fields}
        if self.record.input_from_npp:
            names |= {INPUT_FACTOR}
        else:
            by_layer = (
                self.way in ("accumulated", "fluxes") or self.static.litter_by_layer is not None
            )
            names |= {LITTER, BY_LAYER} if by_layer else {LITTER}
        return SeriesWriter(
            block.path,
            self.record.name,
            cells,
            self.settings.years,
            self.base,
            frozenset(names),
            {name: values[rows] for name, values in self.static.fixed.items()},
            attrs,
        )

    def year(self, i: int) -> dict[str, npt.NDArray[np.floating]]:
        """Forcing of a year in all cells, by name."""
        values: dict[str, npt.NDArray[np.floating]] = {}
        for found in self.climate.year(i, self.map):
            self.judgement.climate(found.field.sources[0], i, found.values)
            monthly = self.record.months > 1
            values[found.field.name] = found.values if monthly else found.annual_mean()
        if self.ratio is not None:
            self.judgement.ratio(i, self.ratio[i], self.static.fixed.get("npp_max"))
        if self.input is None:
            assert self.ratio is not None  # of structures whose input comes from NPP
            return values | {INPUT_FACTOR: self.ratio[i]}
        litter = self.input.year(i)
        self.judgement.litter(i, litter)
        self._add(i, litter)
        values[LITTER] = np.maximum(litter.monthly, 0.0)
        if litter.by_layer is not None:
            values[BY_LAYER] = np.maximum(litter.by_layer, 0.0)
        return values

    def finish(self, needs_one: bool) -> None:
        """Judge what all years are needed for, and report sums."""
        if self.input is not None:
            nothing = ~(self.base_input > 0.0)
            self.judgement.exclude(
                nothing, Status.REFUSED_INPUT, "no carbon input in the base years"
            )
        usable = self.judgement.status == Status.USABLE
        if needs_one and not usable.any():
            status = self.judgement.status
            found = ", ".join(f"{s.name.lower()} {(status == s).sum()}" for s in Status if s)
            hint = f"the first reason: {self.judgement.reason[0]}"
            raise InputError(self.years.history.files, "a usable cell", f"none: {found}", hint)
        if self.reported is not None and self.input is not None:
            area = self.cells.land_area_m2[self.cell] * usable
            total, flux = np.nan_to_num(self._sums) @ area
            text = f"{total / flux:.6g} in all years and cells" if flux > 0.0 else "no flux"
            self.notes["litter_input_over_reported_flux"] = text
            same = flux > 0.0 and abs(total / flux - 1.0) <= SAME_FLUX
            level = logging.INFO if same else logging.WARNING
            logger.log(level, "litter input over %s: %s", self.reported, text)

    def _add(self, i: int, litter: LitterYear) -> None:
        """Add a year to the sums."""
        total = litter.monthly.sum(axis=(1, 2))
        if self.base[0] <= self.first_year + i <= self.base[1]:
            self.base_input += total
        if self.reported is not None:
            self._sums[0] += total
            self._sums[1] += vegetation_flux(self.years, i, self.map).sum(axis=1)

    def _map(
        self,
        fields: HistoryFields,
        interpolation: str,
        reach: float,
        places: tuple[arrays.Cells, arrays.Cells],
    ) -> CellMap:
        """Weights of the cells that have all fields in the first year."""
        history, known = fields.history, self.climate.has_data()
        bedrock = None
        for field in self.record.land_model.fields:
            if field.role is Role.FIXED:
                bedrock = _fixed(fields, field.sources[0])
                known &= np.isfinite(bedrock)
        if not known.any():  # a band of latitudes without soil
            cells = np.zeros((self.cell.size, known.size))
            return CellMap(csr_array(cells), np.zeros(self.cell.size, bool))
        return make_cell_map(
            history.lat, history.lon, known, places, interpolation, reach, bedrock,
            self.record.grid.n_layers,
        )  # fmt: skip

    def _ratio(self) -> FloatArray:
        """NPP over that of the base years, (years, cells)."""
        if NPP not in self.years and CMIP_NPP not in self.years:
            self.years.history.require(field_table.FIELDS[NPP])
        npp = annual_npp(self.years, self.count, self.map)
        base = slice(self.base[0] - self.first_year, self.base[1] - self.first_year + 1)
        ratio, without = npp_ratio(npp, base, self.settings.smoothing_years)
        self.judgement.exclude(
            without, Status.REFUSED_INPUT, "no net primary production in the base years"
        )
        return ratio


def _fixed(fields: HistoryFields, name: str) -> FloatArray:
    """A field that does not change, (lat, lon)."""
    constant = fields.substitutes.get(name)
    if isinstance(constant, float):
        return np.full((fields.history.lat.size, fields.history.lon.size), constant)
    return fields.fixed(name, None)
