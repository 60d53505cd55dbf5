# Forcing year by year, for runs through time; only with a section `transient` of the configuration.
#
# 1. twin_history      monthly history of a synthetic globe that changes, a file per decade
# 2. forcing_series    the series of blocks of cells. A job reads its latitudes of every file once
#                      and writes several blocks (transient.forcing.readers, .blocks)
#
# in:   the history (the twin's, or the user's), the cells and their static forcing
# out, below transient/: history/, history.sha256, series/<reader>_<part>.nc

SERIES_FOLDER = RESULTS / "transient" / "series"
# Blocks of each job; a few more than asked for where they cannot be shared alike.
READERS = SERIES["readers"] if SERIES else 0
PARTS = -(-SERIES["blocks"] // READERS) if SERIES else 0
BLOCK_NAMES = [f"{reader}_{part}" for reader in range(READERS) for part in range(PARTS)]
SERIES_FILES = [SERIES_FOLDER / f"{name}.nc" for name in BLOCK_NAMES]


rule forcing_through_time:
    input:
        SERIES_FILES,


if TWIN and SERIES:

    rule twin_history:
        input:
            region=POLYGON,
        output:
            history=directory(HISTORY),
            manifest=HISTORY_MANIFEST,
        log:
            LOGS / "twin_history.log",
        benchmark:
            BENCHMARKS / "twin_history.tsv"
        conda:
            ENVIRONMENT
        params:
            code=CODE["twin_history"],
            twin=config["twin"],
            resolution=config["region"]["resolution"],
            seed=config["seed"],
            years=SERIES["years"],
            base_years=SERIES["base_years"],
            every=SERIES["every"],
        script:
            "../scripts/twin_history.py"


rule forcing_series:
    input:
        history=history_files,
        cells=INPUTS / "cells.nc",
        grid_forcing=INPUTS / "grid_forcing.nc",
    output:
        [SERIES_FOLDER / f"{{reader}}_{part}.nc" for part in range(PARTS)],
    log:
        LOGS / "forcing_series_{reader}.log",
    benchmark:
        BENCHMARKS / "forcing_series_{reader}.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["forcing_series"],
        data_dir=str(HISTORY),
        structure=config["structure"],
        settings=SERIES,
        temperature=config["forcing"]["clm"]["temperature"],
        interpolation=config["forcing"]["grid_interpolation"],
        max_distance_km=config["forcing"]["max_distance_km"],
    script:
        "../scripts/forcing_series.py"
