# SOC of every method at the profiles and on the grid.
#
# 1. project_default    the land model without data assimilation
# 2. project_sites, project_grid    forward runs of a method's parameter draws
# 3. maps               the gridded results as GeoTIFF, for geographic information systems
#
# out, below projection/: <method>_sites.nc, <method>_grid.nc
#      below maps/: <method>_stocks.tif, <method>_parameters.{tif,nc}

from proda.parameters.methods import DEFAULT

PROJECTION = RESULTS / "projection"
MAPS = RESULTS / "maps"


rule projection:
    input:
        expand(PROJECTION / "{method}_sites.nc", method=METHODS_USED + BLOCKED_USED),
        expand(PROJECTION / "{method}_grid.nc", method=MAPPED),
        expand(MAPS / "{method}_stocks.tif", method=MAPPED),
        expand(MAPS / "{learner}_parameters.tif", learner=MAPPED_LEARNERS),


rule project_default:
    input:
        clm=clm_files if config["model"]["default_source"] == "clm" else [],
        observations=ASSIMILATION / "observations.nc",
        site_forcing=INPUTS / "site_forcing.nc",
        cells=INPUTS / "cells.nc",
        grid_forcing=INPUTS / "grid_forcing.nc",
    output:
        sites=PROJECTION / f"{DEFAULT.name}_sites.nc",
        grid=PROJECTION / f"{DEFAULT.name}_grid.nc",
    log:
        LOGS / "project_default.log",
    benchmark:
        BENCHMARKS / "project_default.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["project_default"],
        data_dir=data_dir,
        structure=config["structure"],
        source=config["model"]["default_source"],
        version=config["model"]["default_version"],
        clm=config["forcing"]["clm"],
        interpolation=config["forcing"]["grid_interpolation"],
        max_distance_km=config["forcing"]["max_distance_km"],
    script:
        "../scripts/project_default.py"


rule project_sites:
    input:
        draws=lambda wildcards: DRAWS[wildcards.method],
        observations=ASSIMILATION / "observations.nc",
        forcing=INPUTS / "site_forcing.nc",
    output:
        PROJECTION / "{method}_sites.nc",
    log:
        LOGS / "project_sites" / "{method}.log",
    benchmark:
        BENCHMARKS / "project_sites" / "{method}.tsv"
    wildcard_constraints:
        method="|".join(DRAWS),
    conda:
        ENVIRONMENT
    params:
        code=CODE["project_sites"],
        structure=config["structure"],
    script:
        "../scripts/project_sites.py"


rule project_grid:
    input:
        draws=lambda wildcards: DRAWS[wildcards.method],
        cells=INPUTS / "cells.nc",
        forcing=INPUTS / "grid_forcing.nc",
    output:
        PROJECTION / "{method}_grid.nc",
    log:
        LOGS / "project_grid" / "{method}.log",
    benchmark:
        BENCHMARKS / "project_grid" / "{method}.tsv"
    wildcard_constraints:
        method="|".join(DRAWS),
    conda:
        ENVIRONMENT
    params:
        code=CODE["project_grid"],
        structure=config["structure"],
    script:
        "../scripts/project_grid.py"


rule map_stocks:
    input:
        PROJECTION / "{method}_grid.nc",
    output:
        MAPS / "{method}_stocks.tif",
    log:
        LOGS / "map_stocks" / "{method}.log",
    benchmark:
        BENCHMARKS / "map_stocks" / "{method}.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["map_stocks"],
    script:
        "../scripts/map_stocks.py"


rule map_parameters:
    input:
        draws=lambda wildcards: DRAWS[wildcards.learner],
        cells=INPUTS / "cells.nc",
        posteriors=ASSIMILATION / "site_posteriors.nc",
        splits=LEARNING / "splits.csv",
        profiles=INPUTS / "profiles.csv",
    output:
        tif=MAPS / "{learner}_parameters.tif",
        netcdf=MAPS / "{learner}_parameters.nc",
    log:
        LOGS / "map_parameters" / "{learner}.log",
    benchmark:
        BENCHMARKS / "map_parameters" / "{learner}.tsv"
    wildcard_constraints:
        learner="|".join(MAPPED_LEARNERS) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["map_parameters"],
        structure=config["structure"],
    script:
        "../scripts/map_parameters.py"
