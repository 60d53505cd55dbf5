"""A coarse synthetic globe that changes, with its history and static forcing, for tests."""

import numpy as np
import shapely

from proda.config.sections.forcing_series import ForcingSeriesSettings
from proda.data.cells import make_cells
from proda.data.forcing import write_forcing
from proda.data.forcing_merge import grid_forcing
from proda.data.forcing_sources import on_cells, read_soil
from proda.data.region import Region
from proda.data.series.build import Block, SeriesSource, build_series
from proda.data.series.sample import sample_cells
from proda.twin.globe.changing import write_changing_history
from proda.twin.globe.config import GlobalTwinConfig
from proda.twin.globe.history import write_history
from proda.twin.globe.world import Globe

STRUCTURE = "clm5-20"
REGION = Region("box", shapely.box(-10, -30, 60, 75), {})
SETTINGS = {"format": "globe", "n_profiles": 40, "resolution": 10.0, "clm_years": 2, "seed": 3}
YEARS, BASE = (1900, 1912), (1900, 1904)


class ChangingCase:
    """A changing globe below a folder: histories, static forcing, cells."""

    def __init__(self, folder, years=YEARS, base=BASE, every=1, **settings):
        self.folder, self.years, self.base, self.every = folder, years, base, every
        self.config = GlobalTwinConfig.of(SETTINGS | settings)
        self.globe = Globe(folder, self.config, REGION)
        write_history(folder / "clm", self.globe.places, self.globe.columns, 2)
        write_changing_history(folder / "history", self.config, REGION, years, base, every)
        self.cells = make_cells(REGION, self.config.resolution)
        soil = read_soil(STRUCTURE, str(folder / "clm" / "*.nc"))
        static = grid_forcing(on_cells(soil, self.cells, "nearest", 1.0))
        write_forcing(static, folder / "grid_forcing.nc")

    def source(self, files="history/*.nc", **settings):
        """Where a series of this globe comes from."""
        settings = {"years": self.years, "base_years": self.base} | settings
        return SeriesSource(
            STRUCTURE,
            str(self.folder / files),
            self.folder / "grid_forcing.nc",
            ForcingSeriesSettings(files=(files,), every=self.every, **settings),
            interpolation="nearest",
            max_distance_km=1.0,
        )

    def blocks(self, folder, parts=1):
        """Blocks of all sampled cells."""
        sample = sample_cells(self.cells, self.every)
        split = np.array_split(np.arange(sample.cell.size), parts)
        return [
            Block(folder / f"{i}.nc", sample.cell[rows], sample.area_m2[rows])
            for i, rows in enumerate(split)
        ]

    def build(self, folder, parts=1, files="history/*.nc", **settings):
        """Build the series; the paths of the blocks and the numbers of cells by status."""
        blocks = self.blocks(folder, parts)
        counts = build_series(self.source(files, **settings), self.cells, blocks)
        return [block.path for block in blocks], counts
