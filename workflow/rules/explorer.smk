# An interactive page of the results, in one file that needs no network.
#
# out: explorer.html

EXPLORER = RESULTS / "explorer.html"
EXPLORED = METHODS_USED + BLOCKED_USED
YEARLY = {
    f"{name}_{scenario}": (name, scenario)
    for name in (PARAMETER_SETS if THROUGH_TIME else [])
    for scenario in RUN_SCENARIOS
}


rule explorer:
    input:
        **GRIDS,
        **{f"sites_{name}": PROJECTION / f"{name}_sites.nc" for name in EXPLORED},
        **{f"parameters_{name}": MAPS / f"{name}_parameters.nc" for name in MAPPED_LEARNERS},
        **{f"processes_{name}": path for name, path in PROCESSES.items()},
        **{f"yearly_{name}": TRANSIENT / "yearly" / f"{name}.nc" for name in YEARLY},
        profiles=INPUTS / "profiles.csv",
        ledger=INPUTS / "horizons_ledger.csv.gz",
        posteriors=ASSIMILATION / "site_posteriors.nc",
        evaluated=EVALUATION / "profiles.csv",
        labels=LABELS,
        table_1=TABLES / "table_1.csv",
        region=POLYGON,
        cells=INPUTS / "cells.nc" if MAPPED else [],
        references=REFERENCES if MAPPED else [],
        applicability=LEARNING / "applicability.nc" if ALL_MAPPED_LEARNERS else [],
        covariates=INPUTS / "grid_covariates.nc" if ALL_MAPPED_LEARNERS else [],
        site_processes=SITE_PROCESSES if PROCESSES else [],
    output:
        EXPLORER,
    log:
        LOGS / "explorer.log",
    benchmark:
        BENCHMARKS / "explorer.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["explorer"],
        dataset=config["dataset"],
        structure=config["structure"],
        sites=EXPLORED,
        grids=MAPPED,
        parameters=MAPPED_LEARNERS,
        processes=list(PROCESSES),
        yearly=YEARLY,
        every=THROUGH_TIME["forcing"]["every"] if THROUGH_TIME else 1,
    script:
        "../scripts/explorer.py"
