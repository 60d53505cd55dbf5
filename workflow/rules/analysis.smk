# Which mechanisms govern soil carbon; only with a section `analysis` of the configuration.
#
# 1. site_mechanisms    values of the mechanisms in the posteriors of the sites
#
# out, below analysis/: site_mechanisms.nc

from proda.parameters.methods import SITE_BY_SITE

ANALYSIS = RESULTS / "analysis"
ANALYSED = config["analysis"]


rule analysis:
    input:
        ANALYSIS / "site_mechanisms.nc" if ANALYSED else [],


rule site_mechanisms:
    input:
        draws=RESULTS / SITE_BY_SITE.draws_file,
        observations=ASSIMILATION / "observations.nc",
        forcing=INPUTS / "site_forcing.nc",
    output:
        ANALYSIS / "site_mechanisms.nc",
    log:
        LOGS / "site_mechanisms.log",
    benchmark:
        BENCHMARKS / "site_mechanisms.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["site_mechanisms"],
        structure=config["structure"],
        max_draws=ANALYSED and ANALYSED["identifiability"]["max_draws"],
    script:
        "../scripts/site_mechanisms.py"
