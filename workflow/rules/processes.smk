# Bulk processes of soil carbon, of every method that has parameters; only with a section `processes`
# of the configuration.
#
# 1. processes_*        maps of every method, and the posteriors of the sites
# 2. tables             means, totals of the region and means by zone; explained variation
# 3. maps               mechanisms, and turnover times with stocks, of every method
# 4. process_recovery   maps against the truth of a synthetic globe
#
# out, below projection/: <method>_processes.nc, site_processes.nc
#      below tables/: processes.csv, region_totals.csv, process_zones.csv, performance.csv,
#      recovery_processes.csv
#      below figures/: <method>_mechanisms, <method>_turnover, process_zones, performance,
#      recovery_processes; as png and pdf

from proda.parameters.methods import SITE_BY_SITE

PROCESS_METHODS = PLAN.of_processes
PROCESSES = {method: PROJECTION / f"{method}_processes.nc" for method in PROCESS_METHODS}
SITE_PROCESSES = PROJECTION / "site_processes.nc"
# The truth of the other synthetic world has no bulk processes.
TRUE_PROCESSES = TWIN and "governed_by" in config["twin"]
OF_WORLD = REGION.polygon == LAND and REGION.is_file


rule processes:
    input:
        PROCESSES.values(),
        (
            [
                TABLES / "processes.csv",
                TABLES / "region_totals.csv",
                TABLES / "process_zones.csv",
                TABLES / "performance.csv",
                TABLES / "recovery_processes.csv" if TRUE_PROCESSES else [],
                expand(
                    RESULTS / "figures" / "{method}_{kind}.png",
                    method=PROCESS_METHODS,
                    kind=["mechanisms", "turnover"],
                ),
            ]
            if PROCESS_METHODS
            else []
        ),


rule processes_of_draws:
    input:
        draws=lambda wildcards: DRAWS[wildcards.method],
        cells=INPUTS / "cells.nc",
        forcing=INPUTS / "grid_forcing.nc",
    output:
        PROJECTION / "{method}_processes.nc",
    log:
        LOGS / "processes" / "{method}.log",
    benchmark:
        BENCHMARKS / "processes" / "{method}.tsv"
    wildcard_constraints:
        method="|".join(name for name in PROCESS_METHODS if name in DRAWS) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["processes"],
        structure=config["structure"],
        max_draws=(config["processes"] or {}).get("max_draws"),
    script:
        "../scripts/processes.py"


rule processes_default:
    input:
        cells=INPUTS / "cells.nc",
        forcing=INPUTS / "grid_forcing.nc",
    output:
        PROJECTION / f"{DEFAULT.name}_processes.nc",
    log:
        LOGS / "processes_default.log",
    benchmark:
        BENCHMARKS / "processes_default.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["processes_default"],
        structure=config["structure"],
        method=DEFAULT.name,
        version=config["model"]["default_version"],
    script:
        "../scripts/processes_default.py"


rule site_processes:
    input:
        posteriors=ASSIMILATION / "site_posteriors.nc",
        forcing=INPUTS / "site_forcing.nc",
    output:
        SITE_PROCESSES,
    log:
        LOGS / "site_processes.log",
    benchmark:
        BENCHMARKS / "site_processes.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["site_processes"],
        structure=config["structure"],
        max_draws=(config["processes"] or {}).get("max_draws"),
    script:
        "../scripts/site_processes.py"


rule process_tables:
    input:
        **PROCESSES,
        labels=LABELS,
        cells=INPUTS / "cells.nc",
        covariates=covariates_of_zones,
        truth=RESULTS / "raw.sha256" if TRUE_PROCESSES else [],
    output:
        table=report(
            TABLES / "processes.csv",
            caption="../report/processes.rst",
            category="Processes",
            subcategory="Tables",
        ),
        totals=report(
            TABLES / "region_totals.csv",
            caption="../report/region_totals.rst",
            category="Processes",
            subcategory="Tables",
        ),
        zones=report(
            TABLES / "process_zones.csv",
            caption="../report/process_zones.rst",
            category="Processes",
            subcategory="Tables",
        ),
        figure=report(
            RESULTS / "figures" / "process_zones.png",
            caption="../report/process_zones.rst",
            category="Processes",
            subcategory="Figures",
        ),
        figure_pdf=pdf("process_zones"),
    log:
        LOGS / "process_tables.log",
    benchmark:
        BENCHMARKS / "process_tables.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["process_tables"],
        methods=PROCESS_METHODS,
        published=OF_WORLD,
        climate=CLIMATE,
        latitude_band=(config["processes"] or {}).get("latitude_band"),
        truth=(lambda wildcards: TRUTH) if TRUE_PROCESSES else None,
    script:
        "../scripts/process_tables.py"


rule performance:
    input:
        **PAIRS,
        labels=LABELS,
    output:
        table=report(
            TABLES / "performance.csv",
            caption="../report/performance.rst",
            category="Processes",
            subcategory="Tables",
        ),
        figure=report(
            RESULTS / "figures" / "performance.png",
            caption="../report/performance.rst",
            category="Processes",
            subcategory="Figures",
        ),
        figure_pdf=pdf("performance"),
    log:
        LOGS / "performance.log",
    benchmark:
        BENCHMARKS / "performance.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["performance"],
        methods=METHODS_USED,
        published=OF_WORLD,
        seed=config["seed"],
        resamples=config["evaluation"]["resamples"],
    script:
        "../scripts/performance.py"


rule process_maps:
    input:
        **PROCESSES,
        labels=LABELS,
        sites=SITE_PROCESSES,
        profiles=EVALUATION / "profiles.csv",
        cells=INPUTS / "cells.nc",
        region=POLYGON,
        applicable=LEARNING / "applicability.nc" if ALL_MAPPED_LEARNERS else [],
    output:
        mechanisms=report(
            RESULTS / "figures" / "{method}_mechanisms.png",
            caption="../report/process_maps.rst",
            category="Processes",
            subcategory="Maps",
        ),
        mechanisms_pdf=pdf("{method}_mechanisms"),
        turnover=report(
            RESULTS / "figures" / "{method}_turnover.png",
            caption="../report/process_maps.rst",
            category="Processes",
            subcategory="Maps",
        ),
        turnover_pdf=pdf("{method}_turnover"),
    log:
        LOGS / "process_maps" / "{method}.log",
    benchmark:
        BENCHMARKS / "process_maps" / "{method}.tsv"
    wildcard_constraints:
        method="|".join(PROCESS_METHODS) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["process_maps"],
        methods=PROCESS_METHODS,
    script:
        "../scripts/process_maps.py"


rule process_recovery:
    input:
        **PROCESSES,
        labels=LABELS,
        sites=SITE_PROCESSES,
        truth=RESULTS / "raw.sha256",
        cells=INPUTS / "cells.nc",
    output:
        table=report(
            TABLES / "recovery_processes.csv",
            caption="../report/recovery_processes.rst",
            category="Truth",
        ),
        figure=report(
            RESULTS / "figures" / "recovery_processes.png",
            caption="../report/recovery_processes.rst",
            category="Truth",
        ),
        figure_pdf=pdf("recovery_processes"),
    log:
        LOGS / "process_recovery.log",
    benchmark:
        BENCHMARKS / "process_recovery.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["process_recovery"],
        methods=PROCESS_METHODS,
        sites=SITE_BY_SITE.name,
        truth=lambda wildcards: TRUTH,
    script:
        "../scripts/process_recovery.py"
