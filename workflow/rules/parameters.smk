# Parameters for every place: drawn for all of them, or predicted from their covariates. Direct
# learners predict soil carbon instead.
#
# 1. random_sampling    one distribution for the region, from the sites' posteriors
# 2. splits             which profiles train, validate and test; blocks and folds
# 3. learn              a job per learner on the random split, whose members are its draws at
#                       profiles and on cells
# 4. learn_fold         a job per learner and fold of the spatial-block cross-validation, or one per
#                       learner with learning.folds_in_one_job
# 5. learned            joins the folds: each profile has its draws from the fold that held its
#                       block out; lists the cells with a doubtful prediction
# 6. learn_directly     a job per direct learner, on all splits
# 7. applicability      cells whose covariates resemble those of training sites
#
# out, below soc/: <direct learner>.nc, <direct learner>_blocks.nc
#      below parameters/: random_sampling.nc, <learner>.nc, <learner>_blocks.nc
#      below learning/: splits.csv, applicability.nc, <learner>/training.nc, <learner>/<fold>.nc,
#      <learner>/doubtful_cells.csv, neural_network/models/, hybrid/models/

from proda.config.keys import key_types
from proda.config.sections.learning import RANDOM, SplitSettings
from proda.learning.learners import get_learner
from proda.parameters.methods import RANDOM_SAMPLING, blocked_name

PARAMETERS = RESULTS / "parameters"
LEARNING = RESULTS / "learning"
FOLDS = [f"fold_{fold}" for fold in range(config["learning"]["folds"])]
FOLDS_IN_ONE_JOB = config["learning"]["folds_in_one_job"]
# Of the log and the measurement of a job.
FOLDS_OF_JOB = "{learner}-folds" if FOLDS_IN_ONE_JOB else "{learner}-{fold}"
LEARNING_DATA = {
    "table": COVARIATE_TABLE,
    "sites": INPUTS / "site_covariates.nc",
    "grid": INPUTS / "grid_covariates.nc" if ALL_MAPPED_LEARNERS else [],
    "cells": INPUTS / "cells.nc",
    "posteriors": ASSIMILATION / "site_posteriors.nc",
    "forcing": INPUTS / "site_forcing.nc",
}
# What learners that are trained through the soil model read beside the others.
OBSERVED_BY = {
    name: (
        {"observations": ASSIMILATION / "observations.nc"}
        if get_learner(name).through_model
        else {}
    )
    for name in LEARNERS
}


rule random_sampling:
    input:
        ASSIMILATION / "site_posteriors.nc",
    output:
        RESULTS / RANDOM_SAMPLING.draws_file,
    log:
        LOGS / "random_sampling.log",
    benchmark:
        BENCHMARKS / "random_sampling.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["random_sampling"],
        structure=config["structure"],
        seed=config["seed"],
        exclude_flags=config["assimilation"]["exclude_flags"],
        require_certified=config["assimilation"]["require_certified"],
        settings=config[RANDOM_SAMPLING.name],
    script:
        "../scripts/random_sampling.py"


rule splits:
    input:
        profiles=INPUTS / "profiles.csv",
        cells=INPUTS / "cells.nc",
        covariates=covariates_of_regions,
        # The last of the functions: Snakemake looks again at inputs behind a checkpoint only if the
        # last function of a rule waits for it.
        posteriors=posteriors_to_learn_from,
    output:
        LEARNING / "splits.csv",
    log:
        LOGS / "splits.log",
    benchmark:
        BENCHMARKS / "splits.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["splits"],
        seed=config["seed"],
        exclude_flags=config["assimilation"]["exclude_flags"],
        require_certified=config["assimilation"]["require_certified"],
        settings={name: config["learning"][name] for name in key_types(SplitSettings)},
    script:
        "../scripts/splits.py"


rule learn:
    input:
        unpack(lambda wildcards: OBSERVED_BY[wildcards.learner]),
        **LEARNING_DATA,
        splits=LEARNING / "splits.csv",
    output:
        draws=[PARAMETERS / "{learner}.nc"],
        record=LEARNING / "{learner}" / "training.nc",
    log:
        LOGS / "learn" / "{learner}-random.log",
    benchmark:
        BENCHMARKS / "learn" / "{learner}-random.tsv"
    wildcard_constraints:
        learner="|".join(LEARNERS) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["learn"],
        structure=config["structure"],
        seed=config["seed"],
        splits=[RANDOM],
        names=config["covariates"]["names"],
        target=config["learning"]["target"],
        error_model=config["assimilation"]["likelihood"]["error_model"],
        validation_fraction=config["learning"]["validation_fraction"],
        settings=lambda wildcards: config["learning"][wildcards.learner],
    script:
        "../scripts/learn.py"


rule learn_fold:
    input:
        unpack(lambda wildcards: OBSERVED_BY[wildcards.learner]),
        **LEARNING_DATA,
        splits=LEARNING / "splits.csv",
    output:
        draws=(
            expand(LEARNING / "{{learner}}" / "{fold}.nc", fold=FOLDS)
            if FOLDS_IN_ONE_JOB
            else [LEARNING / "{learner}" / "{fold}.nc"]
        ),
    log:
        LOGS / "learn" / f"{FOLDS_OF_JOB}.log",
    benchmark:
        BENCHMARKS / "learn" / f"{FOLDS_OF_JOB}.tsv"
    wildcard_constraints:
        learner="|".join(LEARNERS) or "none",
        fold="|".join(FOLDS),
    conda:
        ENVIRONMENT
    params:
        code=CODE["learn"],
        structure=config["structure"],
        seed=config["seed"],
        splits=FOLDS if FOLDS_IN_ONE_JOB else lambda wildcards: [wildcards.fold],
        names=config["covariates"]["names"],
        target=config["learning"]["target"],
        error_model=config["assimilation"]["likelihood"]["error_model"],
        validation_fraction=config["learning"]["validation_fraction"],
        settings=lambda wildcards: config["learning"][wildcards.learner],
    script:
        "../scripts/learn.py"


rule learn_directly:
    input:
        **{name: LEARNING_DATA[name] for name in ("table", "sites", "grid", "cells")},
        splits=LEARNING / "splits.csv",
        observations=ASSIMILATION / "observations.nc",
    output:
        soc=RESULTS / "soc" / "{learner}.nc",
        blocks=RESULTS / "soc" / f"{blocked_name('{learner}')}.nc",
    log:
        LOGS / "learn" / "{learner}.log",
    benchmark:
        BENCHMARKS / "learn" / "{learner}.tsv"
    wildcard_constraints:
        learner="|".join(DIRECT_LEARNERS) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["learn_directly"],
        structure=config["structure"],
        seed=config["seed"],
        names=config["covariates"]["names"],
        validation_fraction=config["learning"]["validation_fraction"],
        settings=lambda wildcards: config["learning"][wildcards.learner],
    script:
        "../scripts/learn_directly.py"


rule applicability:
    input:
        **{name: LEARNING_DATA[name] for name in ("table", "sites", "grid", "cells")},
        splits=LEARNING / "splits.csv",
        observations=ASSIMILATION / "observations.nc",
    output:
        LEARNING / "applicability.nc",
    log:
        LOGS / "applicability.log",
    benchmark:
        BENCHMARKS / "applicability.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["applicability"],
        seed=config["seed"],
        names=config["covariates"]["names"],
    script:
        "../scripts/applicability.py"


rule learned:
    input:
        splits=LEARNING / "splits.csv",
        draws=PARAMETERS / "{learner}.nc",
        folds=expand(LEARNING / "{{learner}}" / "{fold}.nc", fold=FOLDS),
    output:
        blocks=PARAMETERS / f"{blocked_name('{learner}')}.nc",
        cells=(
            report(
                LEARNING / "{learner}" / "doubtful_cells.csv",
                caption="../report/doubtful_cells.rst",
                category="Results",
                subcategory="Ledgers",
            )
            if MAPPED_LEARNERS
            else []
        ),
    log:
        LOGS / "learned" / "{learner}.log",
    benchmark:
        BENCHMARKS / "learned" / "{learner}.tsv"
    wildcard_constraints:
        learner="|".join(LEARNERS) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["learned"],
        structure=config["structure"],
        seed=config["seed"],
    script:
        "../scripts/learned.py"
