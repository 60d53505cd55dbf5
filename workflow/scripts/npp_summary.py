"""The covariates NPPmean, NPPmax and NPPmin from the annual rasters."""

from pathlib import Path

from proda.data.npp import find_npp_files
from proda.data.npp_summary import write_npp_summary
from proda.data.region import read_region
from proda.jobs import running
from proda.provenance import provenance

with running(snakemake) as log:
    params = snakemake.params
    files = find_npp_files(Path(params.data_dir) / params.npp["folder"], params.npp["years"])
    region = read_region(snakemake.input.region)
    about = provenance(snakemake.input, dict(params.items()))
    write_npp_summary(files, region.geometry.bounds, snakemake.output[0], about)
    log.info("%d years around %s", len(files), region.name)
