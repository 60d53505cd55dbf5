# Bulk processes of soil carbon on the grid, of every method that has parameters; only with a section
# `processes` of the configuration.
#
# out, below projection/: <method>_processes.nc
#      below tables/: processes.csv

# The land model's own carbon comes without parameters of this model.
PROCESS_METHODS = (
    [name for name in MAPPED if name in DRAWS or config["model"]["default_source"] == "matrix"]
    if config["processes"]
    else []
)


rule processes:
    input:
        expand(PROJECTION / "{method}_processes.nc", method=PROCESS_METHODS),
        TABLES / "processes.csv" if PROCESS_METHODS else [],


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


rule processes_table:
    input:
        **{method: PROJECTION / f"{method}_processes.nc" for method in PROCESS_METHODS},
    output:
        TABLES / "processes.csv",
    log:
        LOGS / "processes_table.log",
    benchmark:
        BENCHMARKS / "processes_table.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["processes_table"],
        methods=PROCESS_METHODS,
    script:
        "../scripts/processes_table.py"
