# Data assimilation: model parameters from the soil profiles.
#
# 1. observations   every accepted profile as a linear operator, values and weights (a checkpoint:
#                   afterwards the number of profiles is known)
# 2. assimilate     site by site: one job per profile, or per profiles_per_job of them
# 3. gather         all site posteriors in one file, flagged
# 4. one_batch      one posterior for all profiles
# 5. tables         the outcome of every profile, and a ledger of counts
#
# out, below assimilation/: observations.nc, jobs/<folder>/<first>-<last>.nc, site_posteriors.nc,
#      one_batch.nc
#      below tables/: assimilation_profiles.csv, assimilation_ledger.csv, certificates.csv
#      below figures/: convergence, as png and pdf; traces/<number of the profile>.png, on demand

from proda.inference.observations_file import job_files
from proda.inference.options import sampler_settings
from proda.model.structures import get_structure

ASSIMILATION = RESULTS / "assimilation"
SETTINGS = sampler_settings(config["assimilation"])
HAS_BEDROCK = get_structure(config["structure"]).has_bedrock


rule assimilation:
    input:
        ASSIMILATION / "site_posteriors.nc",
        DRAWS.get(ONE_BATCH.name, []),
        RESULTS / "tables" / "assimilation_profiles.csv",
        RESULTS / "tables" / "assimilation_ledger.csv",
        RESULTS / "tables" / "certificates.csv",
        RESULTS / "figures" / "convergence.png",


checkpoint observations:
    input:
        horizons=INPUTS / "horizons.nc",
        # Holds the depth of bedrock.
        forcing=INPUTS / "site_forcing.nc" if HAS_BEDROCK else [],
    output:
        ASSIMILATION / "observations.nc",
    log:
        LOGS / "observations.log",
    benchmark:
        BENCHMARKS / "observations.tsv"
    priority: ON_LONGEST_PATH
    conda:
        ENVIRONMENT
    params:
        code=CODE["observations"],
        structure=config["structure"],
        likelihood=config["assimilation"]["likelihood"],
    script:
        "../scripts/observations.py"


rule assimilate:
    input:
        observations=ASSIMILATION / "observations.nc",
        forcing=INPUTS / "site_forcing.nc",
    output:
        ASSIMILATION / "jobs" / "{folder,[0-9]+}" / "{first,[0-9]+}-{last,[0-9]+}.nc",
    log:
        LOGS / "assimilate" / "{folder}" / "{first}-{last}.log",
    benchmark:
        BENCHMARKS / "assimilate" / "{folder}" / "{first}-{last}.tsv"
    priority: ON_LONGEST_PATH
    conda:
        ENVIRONMENT
    params:
        code=CODE["assimilate"],
        structure=config["structure"],
        seed=config["seed"],
        settings=SETTINGS["site"],
    script:
        "../scripts/assimilate.py"


rule gather:
    input:
        lambda wildcards: job_files(
            ASSIMILATION / "jobs",
            checkpoints.observations.get().output[0],
            config["assimilation"]["profiles_per_job"],
            config["assimilation"]["profiles_per_folder"],
        ),
    output:
        ASSIMILATION / "site_posteriors.nc",
    log:
        LOGS / "gather.log",
    benchmark:
        BENCHMARKS / "gather.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["gather"],
        seed=config["seed"],
        acceptance_window=config["assimilation"]["acceptance_window"],
    script:
        "../scripts/gather.py"


rule one_batch:
    input:
        observations=ASSIMILATION / "observations.nc",
        forcing=INPUTS / "site_forcing.nc",
    output:
        RESULTS / ONE_BATCH.draws_file,
    log:
        LOGS / "one_batch.log",
    benchmark:
        BENCHMARKS / "one_batch.tsv"
    priority: LONGEST_JOB
    conda:
        ENVIRONMENT
    params:
        code=CODE["one_batch"],
        structure=config["structure"],
        seed=config["seed"],
        settings=SETTINGS[ONE_BATCH.name],
        require_certified=config["assimilation"]["require_certified"],
    script:
        "../scripts/one_batch.py"


rule assimilation_tables:
    input:
        ASSIMILATION / "site_posteriors.nc",
    output:
        profiles=RESULTS / "tables" / "assimilation_profiles.csv",
        ledger=report(
            RESULTS / "tables" / "assimilation_ledger.csv",
            caption="../report/assimilation_ledger.rst",
            category="Assimilation",
        ),
        certificates=report(
            RESULTS / "tables" / "certificates.csv",
            caption="../report/certificates.rst",
            category="Assimilation",
        ),
        figure=report(
            RESULTS / "figures" / "convergence.png",
            caption="../report/convergence.rst",
            category="Assimilation",
        ),
        figure_pdf=pdf("convergence"),
    log:
        LOGS / "assimilation_tables.log",
    benchmark:
        BENCHMARKS / "assimilation_tables.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["assimilation_tables"],
        exclude_flags=config["assimilation"]["exclude_flags"],
        acceptance_window=config["assimilation"]["acceptance_window"],
        certificate=config["assimilation"]["certificate"],
    script:
        "../scripts/assimilation_tables.py"


# Traces and marginal posteriors of one profile, on demand:
#   snakemake --cores 1 results/<dataset>/figures/traces/<number of the profile>.png
rule trace:
    input:
        observations=ASSIMILATION / "observations.nc",
        forcing=INPUTS / "site_forcing.nc",
    output:
        RESULTS / "figures" / "traces" / "{number,[0-9]+}.png",
    log:
        LOGS / "trace" / "{number}.log",
    benchmark:
        BENCHMARKS / "trace" / "{number}.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["trace"],
        structure=config["structure"],
        seed=config["seed"],
        settings=SETTINGS["site"],
    script:
        "../scripts/trace.py"
