"""Yearly files of a parameter set, one per scenario."""

from proda.jobs import running
from proda.model.structures import get_structure
from proda.provenance import provenance
from proda.transient.parameter_sets import set_label
from proda.transient.yearly_files import write_yearly

with running(snakemake):
    params, name = snakemake.params, snakemake.wildcards.set
    about = provenance(snakemake.input, dict(params))
    for scenario, path in zip(params.scenarios, snakemake.output, strict=True):
        write_yearly(
            snakemake.input,
            name,
            scenario,
            set_label(name),
            get_structure(params.structure).grid,
            params.resolution,
            path,
            about,
        )
