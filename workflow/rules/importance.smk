# Importance of groups of covariates, and learners on resampled blocks; only with a section `analysis`
# of the configuration.
#
# 1. importance_fold    a job per learner and fold: errors where the groups are replaced
# 2. importance         table and figure of all folds
# 3. bootstrap_members  a job per learner and group of members: totals of each
# 4. bootstrap          their spread
#
# out, below analysis/: importance/<learner>/<fold>.nc, bootstrap/<learner>/<first>-<last>.csv
#      below tables/: importance.csv, bootstrap.csv
#      below figures/: importance; as png and pdf

from proda.analysis.plan import CONDITIONAL, VARIANTS, member_groups

IMPORTANCE = (ANALYSED or {}).get("importance", {})
EXPLAINED = PLAN.explained


BOOTSTRAP = (ANALYSED or {}).get("bootstrap", {})
RESAMPLED = PLAN.resampled
BOOTSTRAP_JOBS = {
    learner: [
        ANALYSIS / "bootstrap" / learner / f"{first}-{last}.csv"
        for first, last in member_groups(BOOTSTRAP["members"], BOOTSTRAP["members_per_job"])
    ]
    for learner in RESAMPLED
}


rule importances:
    input:
        TABLES / "importance.csv" if EXPLAINED else [],
        TABLES / "bootstrap.csv" if RESAMPLED else [],


rule importance_fold:
    input:
        unpack(lambda wildcards: OBSERVED_BY[wildcards.learner]),
        **LEARNING_DATA,
        splits=LEARNING / "splits.csv",
        profiles=ASSIMILATION / "observations.nc",
        site_forcing=INPUTS / "site_forcing.nc",
        mechanisms=ANALYSIS / "site_mechanisms.nc",
    output:
        ANALYSIS / "importance" / "{learner}" / "{fold}.nc",
    log:
        LOGS / "importance" / "{learner}-{fold}.log",
    benchmark:
        BENCHMARKS / "importance" / "{learner}-{fold}.tsv"
    wildcard_constraints:
        learner="|".join(EXPLAINED) or "none",
        fold="|".join(FOLDS),
    conda:
        ENVIRONMENT
    params:
        code=CODE["importance_fold"],
        structure=config["structure"],
        seed=config["seed"],
        names=config["covariates"]["names"],
        target=config["learning"]["target"],
        error_model=config["assimilation"]["likelihood"]["error_model"],
        validation_fraction=config["learning"]["validation_fraction"],
        settings=lambda wildcards: config["learning"][wildcards.learner],
        members=IMPORTANCE.get("members"),
        repeats=IMPORTANCE.get("repeats"),
        variants=[name for name in VARIANTS if name != CONDITIONAL or IMPORTANCE.get("conditional")],
    script:
        "../scripts/importance_fold.py"


rule importance:
    input:
        **{
            learner: expand(ANALYSIS / "importance" / learner / "{fold}.nc", fold=FOLDS)
            for learner in EXPLAINED
        },
        labels=LABELS,
    output:
        table=report(
            TABLES / "importance.csv",
            caption="../report/importance.rst",
            category="Mechanisms",
            subcategory="Tables",
        ),
        figure=report(
            RESULTS / "figures" / "importance.png",
            caption="../report/importance.rst",
            category="Mechanisms",
            subcategory="Figures",
        ),
        figure_pdf=pdf("importance"),
    log:
        LOGS / "importance.log",
    benchmark:
        BENCHMARKS / "importance.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["importance"],
        learners=EXPLAINED,
        seed=config["seed"],
        resamples=config["evaluation"]["resamples"],
    script:
        "../scripts/importance.py"


rule bootstrap_members:
    input:
        unpack(lambda wildcards: OBSERVED_BY[wildcards.learner]),
        **LEARNING_DATA,
        splits=LEARNING / "splits.csv",
        grid_forcing=INPUTS / "grid_forcing.nc",
    output:
        ANALYSIS / "bootstrap" / "{learner}" / "{first,[0-9]+}-{last,[0-9]+}.csv",
    log:
        LOGS / "bootstrap" / "{learner}-{first}-{last}.log",
    benchmark:
        BENCHMARKS / "bootstrap" / "{learner}-{first}-{last}.tsv"
    wildcard_constraints:
        learner="|".join(RESAMPLED) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["bootstrap_members"],
        structure=config["structure"],
        seed=config["seed"],
        names=config["covariates"]["names"],
        target=config["learning"]["target"],
        error_model=config["assimilation"]["likelihood"]["error_model"],
        settings=lambda wildcards: config["learning"][wildcards.learner],
    script:
        "../scripts/bootstrap_members.py"


rule bootstrap:
    input:
        **BOOTSTRAP_JOBS,
        labels=LABELS,
    output:
        report(
            TABLES / "bootstrap.csv",
            caption="../report/bootstrap.rst",
            category="Mechanisms",
            subcategory="Tables",
        ),
    log:
        LOGS / "bootstrap.log",
    benchmark:
        BENCHMARKS / "bootstrap.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["bootstrap"],
        learners=RESAMPLED,
        published=OF_WORLD,
    script:
        "../scripts/bootstrap.py"
