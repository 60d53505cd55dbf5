"""SOC of the land model without data assimilation, at the profiles and on the grid."""

from proda.jobs import running
from proda.patterns import pattern_below
from proda.projection.default import DefaultOptions, project_default
from proda.provenance import provenance

with running(snakemake):
    files, params = snakemake.input, snakemake.params
    options = DefaultOptions(
        source=params.source,
        version=params.version,
        clm_files=[pattern_below(params.data_dir, pattern) for pattern in params.clm["files"]],
        years=params.clm["years"],
        interpolation=params.interpolation,
        max_distance_km=params.max_distance_km,
    )
    project_default(
        params.structure,
        options,
        files.observations,
        files.site_forcing,
        files.cells,
        files.grid_forcing,
        snakemake.output.sites,
        snakemake.output.grid,
        provenance(files, dict(params.items())),
    )
