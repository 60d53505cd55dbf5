# Soil carbon through time; only with a section `transient` of the configuration.
#
# 1. transient_block     a job per block of cells: all parameter sets in all scenarios, from the
#                        periodic steady state of the base years; goes on from its saved state
# 2. transient_yearly    a job per parameter set: a yearly file per scenario, with CMIP names
# 3. transient_tables    changes, what became of the cells, ages; input, climate and interaction;
#                        heterogeneous against homogeneous parameters; the truth of a synthetic globe
# 4. transient_figures   the same as figures
#
# in:  forcing through time, a file per block (forcing_series.smk)
# out, below transient/: blocks/<block>.nc, yearly/<set>_<scenario>.nc
#      below tables/: transient_{changes,cells,ages,attribution,claim,truth}.csv
#      below figures/: transient_{series,comparison,initial,maps,attribution,parts}, as png and pdf

from proda.config.sections.transient import SCENARIO_NAMES, SITE_MEAN

THROUGH_TIME = config["transient"]
TRANSIENT = RESULTS / "transient"
TRANSIENT_BLOCKS = [TRANSIENT / "blocks" / f"{block}.nc" for block in BLOCK_NAMES]
PARAMETER_SETS = PLAN.parameter_sets
RUN_SCENARIOS = PLAN.scenarios
HAS_ALL_MINUS_STATIC = {"all", "static"} <= set(RUN_SCENARIOS)
HAS_PARTS = set(RUN_SCENARIOS) == set(SCENARIO_NAMES)
RADIOCARBON = THROUGH_TIME and THROUGH_TIME["radiocarbon"]
RUN_KEYS = ("scenarios", "members", "steps_per_month", "second_order", "years_per_restart")

TRANSIENT_TABLES = ["changes", "cells", "ages"]
TRANSIENT_FIGURES = ["series"]
if HAS_ALL_MINUS_STATIC:
    TRANSIENT_TABLES.append("claim")
    TRANSIENT_FIGURES += ["comparison", "initial", "maps"]
if HAS_PARTS:
    TRANSIENT_TABLES.append("attribution")
    TRANSIENT_FIGURES += ["attribution", "parts"]
if TWIN:
    TRANSIENT_TABLES.append("truth")


rule transient:
    input:
        (
            [
                expand(
                    TRANSIENT / "yearly" / "{set}_{scenario}.nc",
                    set=PARAMETER_SETS,
                    scenario=RUN_SCENARIOS,
                ),
                expand(TABLES / "transient_{table}.csv", table=TRANSIENT_TABLES),
                expand(RESULTS / "figures" / "transient_{name}.png", name=TRANSIENT_FIGURES),
            ]
            if THROUGH_TIME
            else []
        ),


rule transient_block:
    input:
        **{name: DRAWS[name] for name in PARAMETER_SETS if name in PARAMETRIC},
        series=SERIES_FOLDER / "{block}.nc",
        posteriors=ASSIMILATION / "site_posteriors.nc" if SITE_MEAN in PARAMETER_SETS else [],
        truth=RESULTS / "raw.sha256" if TWIN else [],
        # Given by the user, and compared by its content.
        air=ancient(RADIOCARBON["atmosphere"]) if RADIOCARBON else [],
    output:
        TRANSIENT / "blocks" / "{block}.nc",
    log:
        LOGS / "transient_block" / "{block}.log",
    benchmark:
        BENCHMARKS / "transient_block" / "{block}.tsv"
    wildcard_constraints:
        block="|".join(BLOCK_NAMES) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["transient_block"],
        structure=config["structure"],
        sets=PARAMETER_SETS,
        drawn=[name for name in PARAMETER_SETS if name in PARAMETRIC],
        version=config["model"]["default_version"],
        exclude_flags=config["assimilation"]["exclude_flags"],
        require_certified=config["assimilation"]["require_certified"],
        truth=(lambda wildcards: TRUTH) if TWIN else None,
        settings=THROUGH_TIME and {key: THROUGH_TIME[key] for key in RUN_KEYS},
        restart=lambda wildcards: TRANSIENT / "restart" / f"{wildcards.block}.npz",
    script:
        "../scripts/transient_block.py"


rule transient_yearly:
    input:
        TRANSIENT_BLOCKS,
    output:
        [TRANSIENT / "yearly" / f"{{set}}_{scenario}.nc" for scenario in RUN_SCENARIOS],
    log:
        LOGS / "transient_yearly" / "{set}.log",
    benchmark:
        BENCHMARKS / "transient_yearly" / "{set}.tsv"
    wildcard_constraints:
        set="|".join(PARAMETER_SETS) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["transient_yearly"],
        structure=config["structure"],
        scenarios=RUN_SCENARIOS,
        resolution=config["region"]["resolution"],
    script:
        "../scripts/transient_yearly.py"


rule transient_tables:
    input:
        blocks=TRANSIENT_BLOCKS,
        labels=LABELS,
    output:
        **{
            name: report(
                TABLES / f"transient_{name}.csv",
                caption=f"../report/transient_{name}.rst",
                category="Through time",
                subcategory="Tables",
            )
            for name in TRANSIENT_TABLES
        },
    log:
        LOGS / "transient_tables.log",
    benchmark:
        BENCHMARKS / "transient_tables.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["transient_tables"],
    script:
        "../scripts/transient_tables.py"


rule transient_figures:
    input:
        blocks=TRANSIENT_BLOCKS,
        labels=LABELS,
        region=POLYGON,
        cells=INPUTS / "cells.nc",
        applicable=LEARNING / "applicability.nc" if ALL_MAPPED_LEARNERS else [],
    output:
        **{
            name: report(
                RESULTS / "figures" / f"transient_{name}.png",
                caption=f"../report/transient_figure_{name}.rst",
                category="Through time",
                subcategory="Figures",
            )
            for name in TRANSIENT_FIGURES
        },
        **{f"{name}_pdf": pdf(f"transient_{name}") for name in TRANSIENT_FIGURES},
    log:
        LOGS / "transient_figures.log",
    benchmark:
        BENCHMARKS / "transient_figures.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["transient_figures"],
        figures=TRANSIENT_FIGURES,
        width=THROUGH_TIME and config["region"]["resolution"] * THROUGH_TIME["forcing"]["every"],
    script:
        "../scripts/transient_figures.py"
