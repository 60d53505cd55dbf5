"""Write the monthly history of a synthetic globe that changes."""

from proda.data.region import read_region
from proda.data.series.record import base_years_of
from proda.jobs import running
from proda.provenance import write_manifest
from proda.twin.globe.changing import write_changing_history

with running(snakemake) as log:
    params, region = snakemake.params, read_region(snakemake.input.region)
    years = tuple(params.years)
    columns = write_changing_history(
        snakemake.output.history,
        params.twin | {"resolution": params.resolution, "seed": params.seed},
        region,
        years,
        base_years_of(years, params.base_years),
        params.every,
    )
    write_manifest(snakemake.output.history, snakemake.output.manifest)
    log.info("%d columns in the years %d to %d", columns, *years)
