# Importance of groups of covariates, and learners on resampled blocks; only with a section `analysis`
# of the configuration.
#
# 1. importance_fold    a job per learner and fold: errors where the groups are replaced
# 2. importance         table and figure of all folds
#
# out, below analysis/: importance/<learner>/<fold>.nc
#      below tables/: importance.csv
#      below figures/: importance; as png and pdf

from proda.analysis.permutation import CONDITIONAL, VARIANTS

IMPORTANCE = (ANALYSED or {}).get("importance", {})
EXPLAINED = [name for name in IMPORTANCE.get("learners", ()) if name in LEARNERS]


rule importances:
    input:
        TABLES / "importance.csv" if EXPLAINED else [],


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
        figure_pdf=RESULTS / "figures" / "importance.pdf",
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
