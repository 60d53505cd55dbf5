# Everything the assimilation and the projection read, from the raw data.
#
# 1. collect    every profile and horizon of the source gets a status: accepted or one reason
# 2. cells      the grid: cells with land of the region
# 3. forcing    climate of the soil and carbon input, of the cells and then of the profiles
# 4. covariates of the neural network, of profiles and cells; reference maps on the cells
# 5. sites      the ledger is closed: profiles without forcing or covariates are excluded, and the
#               others have one order in all files of sites
#
# out, below inputs/: profiles.csv, horizons_ledger.csv.gz, ledger_summary.csv, excluded_sites.csv,
#   horizons.nc, site_forcing.nc, site_covariates.nc, cells.nc, grid_forcing.nc, grid_covariates.nc,
#   references.nc

INPUTS = RESULTS / "inputs"
# Files of all profiles, some of which may still be excluded.
CANDIDATES = INPUTS / "candidates"


rule inputs:
    input:
        RESULTS / "tables" / "omitted.csv" if OMITTED else [],
        INPUTS / "profiles.csv",
        INPUTS / "horizons.nc",
        INPUTS / "site_forcing.nc",
        INPUTS / "site_covariates.nc",
        INPUTS / "cells.nc",
        INPUTS / "grid_forcing.nc",
        INPUTS / "grid_covariates.nc" if ALL_MAPPED_LEARNERS else [],
        INPUTS / "references.nc" if config["references"] else [],


if not REGION.is_file:

    rule region:
        input:
            region_files,
        output:
            POLYGON,
        log:
            LOGS / "region.log",
        benchmark:
            BENCHMARKS / "region.tsv"
        conda:
            ENVIRONMENT
        params:
            code=CODE["region"],
            region={
                key: value
                for key, value in config["region"].items()
                if key not in ("resolution", "min_land_fraction")
            },
        script:
            "../scripts/region.py"


rule profiles:
    input:
        raw=profile_files,
        region=POLYGON,
    output:
        profiles=CANDIDATES / "profiles.csv",
        horizons=CANDIDATES / "horizons.csv.gz",
        summary=CANDIDATES / "ledger_summary.csv",
    log:
        LOGS / "profiles.log",
    benchmark:
        BENCHMARKS / "profiles.tsv"
    priority: ON_LONGEST_PATH
    conda:
        ENVIRONMENT
    params:
        code=CODE["profiles"],
        data_dir=data_dir,
        profiles=config["profiles"],
        structure=config["structure"],
    script:
        "../scripts/profiles.py"


rule cells:
    input:
        region=POLYGON,
    output:
        INPUTS / "cells.nc",
    log:
        LOGS / "cells.log",
    benchmark:
        BENCHMARKS / "cells.tsv"
    priority: ON_LONGEST_PATH
    conda:
        ENVIRONMENT
    params:
        code=CODE["cells"],
        resolution=config["region"]["resolution"],
        min_land_fraction=config["region"]["min_land_fraction"],
    script:
        "../scripts/cells.py"


rule grid_forcing:
    input:
        clm=clm_files,
        npp=npp_files,
        cells=INPUTS / "cells.nc",
    output:
        INPUTS / "grid_forcing.nc",
    log:
        LOGS / "grid_forcing.log",
    benchmark:
        BENCHMARKS / "grid_forcing.tsv"
    priority: ON_LONGEST_PATH
    conda:
        ENVIRONMENT
    params:
        code=CODE["grid_forcing"],
        data_dir=data_dir,
        structure=config["structure"],
        clm=config["forcing"]["clm"],
        npp=NPP,
        interpolation=config["forcing"]["grid_interpolation"],
        max_distance_km=config["forcing"]["max_distance_km"],
    script:
        "../scripts/grid_forcing.py"


rule site_forcing:
    input:
        clm=clm_files,
        npp=npp_files,
        profiles=CANDIDATES / "profiles.csv",
        cells=INPUTS / "cells.nc",
        grid_forcing=INPUTS / "grid_forcing.nc",
    output:
        forcing=CANDIDATES / "site_forcing.nc",
        excluded=CANDIDATES / "no_forcing.csv",
    log:
        LOGS / "site_forcing.log",
    benchmark:
        BENCHMARKS / "site_forcing.tsv"
    priority: ON_LONGEST_PATH
    conda:
        ENVIRONMENT
    params:
        code=CODE["site_forcing"],
        data_dir=data_dir,
        structure=config["structure"],
        clm=config["forcing"]["clm"],
        npp=NPP,
        interpolation=config["forcing"]["site_interpolation"],
        max_distance_km=config["forcing"]["max_distance_km"],
    script:
        "../scripts/site_forcing.py"


if FROM_RASTERS:

    rule npp_summary:
        input:
            raw=npp_files,
            region=POLYGON,
        output:
            NPP_SUMMARY,
        log:
            LOGS / "npp_summary.log",
        benchmark:
            BENCHMARKS / "npp_summary.tsv"
        conda:
            ENVIRONMENT
        params:
            code=CODE["npp_summary"],
            data_dir=data_dir,
            npp=NPP,
        script:
            "../scripts/npp_summary.py"


if COMPOSED_COVARIATES:

    rule covariate_table:
        output:
            COVARIATE_TABLE,
        log:
            LOGS / "covariate_table.log",
        benchmark:
            BENCHMARKS / "covariate_table.tsv"
        conda:
            ENVIRONMENT
        params:
            code=CODE["covariate_table"],
            table=composed_covariates,
        script:
            "../scripts/covariate_table.py"


rule site_covariates:
    input:
        raw=covariate_files,
        table=COVARIATE_TABLE,
        sites=site_covariate_files,
        profiles=CANDIDATES / "profiles.csv",
    output:
        CANDIDATES / "site_covariates.nc",
    log:
        LOGS / "site_covariates.log",
    benchmark:
        BENCHMARKS / "site_covariates.tsv"
    priority: ON_LONGEST_PATH
    conda:
        ENVIRONMENT
    params:
        code=CODE["site_covariates"],
        data_dir=data_dir,
        names=config["covariates"]["names"],
        sites=config["covariates"]["sites"],
        learners=ALL_LEARNERS,
    script:
        "../scripts/site_covariates.py"


rule grid_covariates:
    input:
        raw=covariate_files,
        table=COVARIATE_TABLE,
        cells=INPUTS / "cells.nc",
    output:
        INPUTS / "grid_covariates.nc",
    log:
        LOGS / "grid_covariates.log",
    benchmark:
        BENCHMARKS / "grid_covariates.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["grid_covariates"],
        data_dir=data_dir,
        names=config["covariates"]["names"],
        min_valid_fraction=config["covariates"]["min_valid_fraction"],
    script:
        "../scripts/grid_covariates.py"


rule references:
    input:
        raw=reference_files,
        cells=INPUTS / "cells.nc",
    output:
        INPUTS / "references.nc",
    log:
        LOGS / "references.log",
    benchmark:
        BENCHMARKS / "references.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["references"],
        data_dir=data_dir,
        references=config["references"],
    script:
        "../scripts/references.py"


rule sites:
    input:
        profiles=CANDIDATES / "profiles.csv",
        horizons=CANDIDATES / "horizons.csv.gz",
        forcing=CANDIDATES / "site_forcing.nc",
        no_forcing=CANDIDATES / "no_forcing.csv",
        covariates=CANDIDATES / "site_covariates.nc",
    output:
        profiles=INPUTS / "profiles.csv",
        ledger=INPUTS / "horizons_ledger.csv.gz",
        summary=report(
            INPUTS / "ledger_summary.csv",
            caption="../report/ledger_summary.rst",
            category="Inputs",
        ),
        excluded=INPUTS / "excluded_sites.csv",
        horizons=INPUTS / "horizons.nc",
        forcing=INPUTS / "site_forcing.nc",
        covariates=INPUTS / "site_covariates.nc",
        summary_of_covariates=(
            report(
                RESULTS / "tables" / "covariates.csv",
                caption="../report/covariates.rst",
                category="Inputs",
            )
            if config["covariates"]["names"] != []
            else []
        ),
    log:
        LOGS / "sites.log",
    benchmark:
        BENCHMARKS / "sites.tsv"
    priority: ON_LONGEST_PATH
    conda:
        ENVIRONMENT
    params:
        code=CODE["sites"],
        profiles=config["profiles"],
        structure=config["structure"],
        without_raster=list(PLAN.without_raster),
        learners=bool(ALL_LEARNERS),
    script:
        "../scripts/sites.py"


# What is not made for want of covariates or of rasters of them.
if OMITTED:

    rule omitted:
        output:
            report(
                RESULTS / "tables" / "omitted.csv",
                caption="../report/omitted.rst",
                category="Inputs",
            ),
        log:
            LOGS / "omitted.log",
        benchmark:
            BENCHMARKS / "omitted.tsv"
        conda:
            ENVIRONMENT
        params:
            code=CODE["omitted"],
            omitted=[[result.path, result.about, result.skipped] for result in OMITTED],
        script:
            "../scripts/omitted.py"
