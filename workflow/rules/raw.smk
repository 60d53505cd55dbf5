# The raw data: where they are, and which of them a rule must wait for. All functions of inputs are
# here: `snakemake --lint` objects to functions in files with rules.

import re
from functools import cache

from proda.config.covariate_choice import composed_table, is_composed, table_of_covariates
from proda.config.keys import build
from proda.config.sections.covariates import CovariateSettings
from proda.config.sections.region import BUILT_IN_REGIONS, LAND, RegionSettings, outline_files
from proda.data.raw_files import (
    covariates_of_npp,
    find_raw_files,
    history_patterns,
    land_model_patterns,
    npp_patterns,
    profile_patterns,
    reference_patterns,
)
from proda.inference.observations_file import require_profiles

# Made by the twin, or the user's.
TWIN = config["twin"] is not None
RAW = RESULTS / "raw" if TWIN else Path(config["data_dir"])
# Files that are given are compared by their content (proda.workflow_state), not by their time.
REGION = build(RegionSettings, config["region"])
OUTLINE = (
    RESOURCES / BUILT_IN_REGIONS[REGION.outline]
    if REGION.outline in BUILT_IN_REGIONS
    else Path(REGION.outline)
)
POLYGON = ancient(str(OUTLINE)) if REGION.is_file else RESULTS / "inputs" / "region.geojson"
COVARIATES = build(CovariateSettings, config["covariates"])
# Covariates that the configuration itself lists are written as such a table.
COMPOSED_COVARIATES = is_composed(COVARIATES)
COVARIATE_TABLE = (
    RESULTS / "inputs" / "covariates.csv"
    if COMPOSED_COVARIATES
    else ancient(str(COVARIATES.table or RESOURCES / "covariates.csv"))
)
NPP = config["forcing"]["npp"]
# The covariates of NPP, made from annual rasters; the twin brings its own.
NPP_SUMMARY = covariates_of_npp(config, RAW)
FROM_RASTERS = NPP_SUMMARY is not None
VEGETATION = config["evaluation"]["vegetation"]
CLIMATE = (config["processes"] or {}).get("climate")
# Forcing through time, and where its history is: of a synthetic globe apart from its other files.
SERIES = (config["transient"] or {}).get("forcing")
HISTORY = RESULTS / "transient" / "history" if TWIN else RAW
HISTORY_MANIFEST = RESULTS / "transient" / "history.sha256"
PRODUCTS = {} if TWIN else config["downloads"]["products"]


def data_dir(wildcards):
    return str(RAW)


def raw(*patterns):
    """What must be there before files and folders below RAW can be read: the twin world, the
    manifest of the download that brings them, or the files themselves.

    Raises WorkflowError for files that neither are there nor will be: Snakemake would take what was
    made of other files for good.
    """
    if TWIN:
        return [RAW, RESULTS / "raw.sha256"]
    files = find_raw_files(RAW, patterns, PRODUCTS, [NPP_SUMMARY])
    try:
        files.require_all()
    except InputError as error:
        raise WorkflowError(str(error)) from None
    # What was there before is compared by content, not by time.
    return [ancient(path) if path in files.given else path for path in files.needed]


def region_files(wildcards):
    """The file with the outlines from which the region is composed, and those beside it."""
    if REGION.country or REGION.outline in BUILT_IN_REGIONS:
        return []
    if not OUTLINE.is_file():
        raise WorkflowError(str(InputError("config region.polygon", str(OUTLINE), "no such file")))
    return [ancient(str(file)) for file in outline_files(OUTLINE)]


def profile_files(wildcards):
    return raw(*profile_patterns(config))


def clm_files(wildcards):
    return raw(*land_model_patterns(config))


def history_files(wildcards):
    """The history through time."""
    return [HISTORY, HISTORY_MANIFEST] if TWIN else raw(*history_patterns(config))


def npp_files(wildcards):
    patterns = npp_patterns(config)
    return raw(*patterns) if patterns else []


@cache
def covariate_layers():
    """Rasters of the covariates of the run, and kinds of all covariates. Snakemake asks for them
    many times while it plans."""
    # Takes a second to import, which the jobs of other rules need not spend.
    from proda.data.covariate_table import covariate_kinds, read_covariate_table

    names = config["covariates"]["names"]
    try:
        with table_of_covariates(COVARIATES, RAW) as table:
            return read_covariate_table(table, "", names), covariate_kinds(table, names)
    except InputError as error:
        raise WorkflowError(str(error)) from None


def composed_covariates(wildcards):
    """The table of the covariates that the configuration itself lists."""
    try:
        return composed_table(COVARIATES, RAW)
    except InputError as error:
        raise WorkflowError(str(error)) from None


def covariate_files(wildcards):
    layers, _ = covariate_layers()
    return raw(*sorted({str(layer.path) for layer in layers}))


def site_covariate_files(wildcards):
    """The table with covariates of the profiles."""
    return raw(COVARIATES.sites.path) if COVARIATES.sites else []


def reference_files(wildcards):
    return raw(*reference_patterns(config))


def require_class(covariate, key):
    """Require a class covariate of the run that the configuration names. This is checked when the
    run is planned rather than after the assimilation."""
    from proda.data.covariate_table import require_class as require

    try:
        require(covariate_layers()[1], covariate, key)
    except InputError as error:
        raise WorkflowError(str(error)) from None


def covariates_of_pairs(wildcards):
    """Covariates of the profiles, among them the class covariate of the vegetation."""
    if VEGETATION:
        require_class(VEGETATION["covariate"], "evaluation.vegetation.covariate")
    return INPUTS / "site_covariates.nc"


def covariates_of_regions(wildcards):
    """Covariates of the profiles, if a class covariate states the regions that are held out."""
    covariate = config["learning"]["regions"]
    if not covariate:
        return []
    require_class(covariate, "learning.regions")
    return INPUTS / "site_covariates.nc"


def covariates_of_zones(wildcards):
    """Covariates of the cells, among them the class covariate of the climate."""
    if not CLIMATE:
        return []
    require_class(CLIMATE["covariate"], "processes.climate.covariate")
    return INPUTS / "grid_covariates.nc"


def posteriors_to_learn_from(wildcards):
    """Posteriors of the sites. That they are too few for the learners is reported as soon as their
    number is known, not when all have been fitted."""
    observations = checkpoints.observations.get().output[0]
    try:
        require_profiles(observations, config["learning"]["min_profiles"], ALL_LEARNERS)
    except InputError as error:
        raise WorkflowError(str(error)) from None
    return ASSIMILATION / "site_posteriors.nc"
