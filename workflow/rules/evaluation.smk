# Skill of each method: at the profiles, against reference maps, against stocks that were used in no
# fit and, in a synthetic world, against the truth.
#
# 1. pairs        observed and modelled SOC of every horizon, and the labels of the methods
# 2. tables       Table 1 (skill), S1 (parameters) and S3 (stocks), with the paper's values; maps
#                 adjusted to the median and the mean of places
# 3. recovery     recovered against true parameters and stocks (synthetic worlds only)
# 4. predictive   observations within predictive intervals, as fitted and held out
# 5. validation   maps against measured stocks at points
#
# out, below evaluation/: pairs.csv.gz, profiles.csv, methods.csv, pit.csv.gz, validation_<name>.csv
#      below tables/: table_1.csv, table_1_differences.csv, table_s1.csv, table_s3.csv,
#      bias_adjustment.csv, predictive_checks.csv, applicable_area.csv, vegetation.csv, vegetation_profiles.csv, recovery*.csv,
#      validation_<name>.csv
#      below figures/: skill, predictive_checks, recovery, validation_<name>,
#      validation_<name>_maps; as png and pdf

EVALUATION = RESULTS / "evaluation"
TABLES = RESULTS / "tables"
PAIRS = {"pairs": EVALUATION / "pairs.csv.gz", "profiles": EVALUATION / "profiles.csv"}
# What tables and figures call the methods; that of the default run depends on its data.
LABELS = EVALUATION / "methods.csv"
GRIDS = {f"grid_{method}": PROJECTION / f"{method}_grid.nc" for method in MAPPED}
DRAWN = [name for name in METHODS_USED + BLOCKED_USED if name in DRAWS]
LEARNED = LEARNERS + blocked_names(LEARNERS)
REFERENCES = INPUTS / "references.nc" if config["references"] else []
TRUTH = RAW / "truth"
POOLED = PLAN.pooled


rule evaluation:
    input:
        PAIRS.values(),
        LABELS,
        TABLES / "table_1.csv",
        TABLES / "table_s1.csv",
        TABLES / "table_s3.csv",
        TABLES / "predictive_checks.csv",
        TABLES / "bias_adjustment.csv" if ALL_LEARNERS else [],
        TABLES / "applicable_area.csv" if ALL_MAPPED_LEARNERS else [],
        TABLES / "vegetation.csv" if VEGETATION else [],
        TABLES / "recovery.csv" if TWIN else [],
        expand(TABLES / "validation_{name}.csv", name=config["validation"]),


rule pairs:
    input:
        **{method: PROJECTION / f"{method}_sites.nc" for method in METHODS_USED + BLOCKED_USED},
        horizons=INPUTS / "horizons.nc",
        posteriors=ASSIMILATION / "site_posteriors.nc",
        covariates=covariates_of_pairs,
        splits=LEARNING / "splits.csv" if ALL_LEARNERS else [],
    output:
        **PAIRS,
        labels=LABELS,
    log:
        LOGS / "pairs.log",
    benchmark:
        BENCHMARKS / "pairs.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["pairs"],
        methods=METHODS_USED + BLOCKED_USED,
        vegetation=VEGETATION,
        exclude_flags=config["assimilation"]["exclude_flags"],
        require_certified=config["assimilation"]["require_certified"],
    script:
        "../scripts/pairs.py"


rule table_1:
    input:
        **PAIRS,
        labels=LABELS,
        splits=LEARNING / "splits.csv" if config["evaluation"]["resampled"] == "blocks" else [],
    output:
        table=report(
            TABLES / "table_1.csv",
            caption="../report/table_1.rst",
            category="Results",
            subcategory="Tables",
        ),
        differences=report(
            TABLES / "table_1_differences.csv",
            caption="../report/table_1_differences.rst",
            category="Results",
            subcategory="Tables",
        ),
        figure=report(
            RESULTS / "figures" / "skill.png",
            caption="../report/skill.rst",
            category="Results",
            subcategory="Figures",
        ),
        figure_pdf=pdf("skill"),
    log:
        LOGS / "table_1.log",
    benchmark:
        BENCHMARKS / "table_1.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["table_1"],
        methods=METHODS_USED,
        seed=config["seed"],
        resamples=config["evaluation"]["resamples"],
    script:
        "../scripts/table_1.py"


rule bias_adjustment:
    input:
        **PAIRS,
        labels=LABELS,
        splits=LEARNING / "splits.csv",
        stocks=TABLES / "table_s3.csv",
    output:
        report(
            TABLES / "bias_adjustment.csv",
            caption="../report/bias_adjustment.rst",
            category="Results",
            subcategory="Tables",
        ),
    log:
        LOGS / "bias_adjustment.log",
    benchmark:
        BENCHMARKS / "bias_adjustment.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["bias_adjustment"],
        methods=METHODS_USED,
        resampled_blocks=config["evaluation"]["resampled"] == "blocks",
        seed=config["seed"],
        resamples=config["evaluation"]["resamples"],
    script:
        "../scripts/bias_adjustment.py"


rule predictive_checks:
    input:
        **PAIRS,
        labels=LABELS,
        observations=ASSIMILATION / "observations.nc",
        forcing=INPUTS / "site_forcing.nc",
        draws=[DRAWS[name] for name in DRAWN],
    output:
        pit=EVALUATION / "pit.csv.gz",
        table=report(
            TABLES / "predictive_checks.csv",
            caption="../report/predictive_checks.rst",
            category="Results",
            subcategory="Tables",
        ),
        figure=report(
            RESULTS / "figures" / "predictive_checks.png",
            caption="../report/predictive_checks.rst",
            category="Results",
            subcategory="Figures",
        ),
        pdf=pdf("predictive_checks"),
    log:
        LOGS / "predictive_checks.log",
    benchmark:
        BENCHMARKS / "predictive_checks.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["predictive_checks"],
        structure=config["structure"],
        methods=DRAWN,
        likelihood=config["assimilation"]["likelihood"],
        seed=config["seed"],
    script:
        "../scripts/predictive_checks.py"


rule table_s1:
    input:
        profiles=EVALUATION / "profiles.csv",
        posteriors=ASSIMILATION / "site_posteriors.nc",
        pooled=[DRAWS[name] for name in POOLED],
        learned=[DRAWS[name] for name in LEARNED],
    output:
        report(
            TABLES / "table_s1.csv",
            caption="../report/table_s1.rst",
            category="Results",
            subcategory="Tables",
        ),
    log:
        LOGS / "table_s1.log",
    benchmark:
        BENCHMARKS / "table_s1.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["table_s1"],
        structure=config["structure"],
        pooled=POOLED,
        learned=LEARNED,
    script:
        "../scripts/table_s1.py"


rule table_s3:
    input:
        **GRIDS,
        labels=LABELS,
        cells=INPUTS / "cells.nc",
        references=REFERENCES,
    output:
        report(
            TABLES / "table_s3.csv",
            caption="../report/table_s3.rst",
            category="Results",
            subcategory="Tables",
        ),
    log:
        LOGS / "table_s3.log",
    benchmark:
        BENCHMARKS / "table_s3.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["table_s3"],
        methods=MAPPED,
    script:
        "../scripts/table_s3.py"


rule applicable_area:
    input:
        **{f"grid_{learner}": GRIDS[f"grid_{learner}"] for learner in ALL_MAPPED_LEARNERS},
        labels=LABELS,
        cells=INPUTS / "cells.nc",
        applicable=LEARNING / "applicability.nc",
    output:
        report(
            TABLES / "applicable_area.csv",
            caption="../report/applicable_area.rst",
            category="Results",
            subcategory="Tables",
        ),
    log:
        LOGS / "applicable_area.log",
    benchmark:
        BENCHMARKS / "applicable_area.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["applicable_area"],
        methods=ALL_MAPPED_LEARNERS,
    script:
        "../scripts/applicable_area.py"


rule vegetation:
    input:
        **PAIRS,
        labels=LABELS,
    output:
        table=TABLES / "vegetation.csv",
        counts=report(
            TABLES / "vegetation_profiles.csv",
            caption="../report/vegetation_profiles.rst",
            category="Results",
            subcategory="Ledgers",
        ),
    log:
        LOGS / "vegetation.log",
    benchmark:
        BENCHMARKS / "vegetation.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["vegetation"],
        groups=list(VEGETATION["groups"]) if VEGETATION else [],
        methods=METHODS_USED,
    script:
        "../scripts/vegetation.py"


rule recovery:
    input:
        **GRIDS,
        labels=LABELS,
        truth=RESULTS / "raw.sha256",
        profiles=EVALUATION / "profiles.csv",
        cells=INPUTS / "cells.nc",
        draws=[DRAWS[name] for name in PARAMETRIC],
    output:
        table=TABLES / "recovery.csv",
        stocks=report(
            TABLES / "recovery_stocks.csv",
            caption="../report/recovery_stocks.rst",
            category="Truth",
        ),
        summary=report(
            TABLES / "recovery_summary.csv",
            caption="../report/recovery_summary.rst",
            category="Truth",
        ),
        figure=report(
            RESULTS / "figures" / "recovery.png",
            caption="../report/recovery.rst",
            category="Truth",
        ),
        figure_pdf=pdf("recovery"),
    log:
        LOGS / "recovery.log",
    benchmark:
        BENCHMARKS / "recovery.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["recovery"],
        structure=config["structure"],
        truth=lambda wildcards: TRUTH,
        methods=METHODS_USED,
        maps=MAPPED,
        draws=PARAMETRIC,
    script:
        "../scripts/recovery.py"


rule validation:
    input:
        **GRIDS,
        labels=LABELS,
        points=lambda wildcards: raw(config["validation"][wildcards.name]["path"]),
        cells=INPUTS / "cells.nc",
        references=REFERENCES,
        region=POLYGON,
    output:
        points=EVALUATION / "validation_{name}.csv",
        table=report(
            TABLES / "validation_{name}.csv",
            caption="../report/validation.rst",
            category="Validation",
        ),
        scatter=report(
            RESULTS / "figures" / "validation_{name}.png",
            caption="../report/validation_scatter.rst",
            category="Validation",
        ),
        scatter_pdf=pdf("validation_{name}"),
        maps=report(
            RESULTS / "figures" / "validation_{name}_maps.png",
            caption="../report/validation_maps.rst",
            category="Validation",
        ),
        maps_pdf=pdf("validation_{name}_maps"),
    log:
        LOGS / "validation" / "{name}.log",
    benchmark:
        BENCHMARKS / "validation" / "{name}.tsv"
    wildcard_constraints:
        name="|".join(map(re.escape, config["validation"])) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["validation"],
        data_dir=data_dir,
        source=lambda wildcards: config["validation"][wildcards.name],
        structure=config["structure"],
        methods=MAPPED,
        seed=config["seed"],
        resamples=config["evaluation"]["resamples"],
    script:
        "../scripts/validation.py"
