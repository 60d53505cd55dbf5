"""Forcing year by year of the cells of some blocks."""

from proda.config.keys import build
from proda.config.sections.forcing_series import ForcingSeriesSettings
from proda.data.cells import read_cells
from proda.data.series.build import SeriesSource, blocks_of, build_series
from proda.data.series.record import Status
from proda.data.series.sample import sample_cells
from proda.jobs import running
from proda.patterns import pattern_below
from proda.provenance import provenance

with running(snakemake) as log:
    params, cells = snakemake.params, read_cells(snakemake.input.cells)
    settings = build(ForcingSeriesSettings, params.settings)
    source = SeriesSource(
        params.structure,
        [pattern_below(params.data_dir, pattern) for pattern in settings.files],
        snakemake.input.grid_forcing,
        settings,
        params.temperature,
        params.interpolation,
        params.max_distance_km,
    )
    sample = sample_cells(cells, settings.every)
    blocks = blocks_of(sample, int(snakemake.wildcards.reader), settings.readers, snakemake.output)
    counts = build_series(
        source,
        cells,
        blocks,
        provenance(snakemake.input, dict(params.items())),
        all_cells=settings.readers == 1,
    )
    for status in Status:
        log.info("%d cells: %s", counts[status], status.name.lower())
