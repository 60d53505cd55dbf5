# The twin world: raw files in the formats of the real products, made from known truth.
#
# in:   the polygon of the region     where its profiles lie; the land of a synthetic globe
# out:  raw/                          the files; raw/truth is for evaluation only
#       raw.sha256                    their digests
#       figures/twin_overview.png     one page of pictures, to judge by eye


rule twin:
    input:
        region=POLYGON,
    output:
        raw=directory(RAW),
        manifest=RESULTS / "raw.sha256",
        overview=report(
            RESULTS / "figures" / "twin_overview.png",
            caption="../report/twin_overview.rst",
            category="Inputs",
        ),
    log:
        LOGS / "twin.log",
    benchmark:
        BENCHMARKS / "twin.tsv"
    priority: ON_LONGEST_PATH
    conda:
        ENVIRONMENT
    params:
        code=CODE["twin"],
        twin=config["twin"],
        resolution=config["region"]["resolution"],
        seed=config["seed"],
    script:
        "../scripts/twin.py"
