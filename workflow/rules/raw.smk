# The raw data: where they are, and which of them a rule must wait for. All functions of inputs are
# here: `snakemake --lint` objects to functions in files with rules.

import re
from functools import cache

from proda.config.keys import build
from proda.config.sections.profiles import source_files
from proda.config.sections.region import BUILT_IN_REGIONS, RegionSettings, outline_files
from proda.inference.observations_file import require_profiles
from proda.patterns import files_below

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
TABLE_OF_COVARIATES = str(config["covariates"]["table"] or RESOURCES / "covariates.csv")
COVARIATE_TABLE = ancient(TABLE_OF_COVARIATES)
NPP = config["forcing"]["npp"]
# The covariates of NPP, made from annual rasters; the twin brings its own.
FROM_RASTERS = not TWIN and NPP is not None and NPP["format"] == "mod17a3"
NPP_SUMMARY = RAW / NPP["folder"] / "npp.nc" if FROM_RASTERS else None
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
    needed, missing, files_there = [], [], []
    for pattern in patterns:
        path = RAW / pattern
        if path == NPP_SUMMARY:
            needed.append(path)
            continue
        downloads = [
            RAW / "downloads" / f"{name}.sha256"
            for name, product in PRODUCTS.items()
            if path.is_relative_to(RAW / product["folder"])
        ]
        if path.is_dir():
            # Hidden files are what killed jobs leave behind.
            files = sorted(path.rglob("[!.]*"))
            files = [file for file in files if file.is_file()]
        else:
            files = files_below(RAW, pattern)
        needed += downloads or files
        files_there += [] if downloads else files
        if not (downloads or files):
            missing.append(str(path))
    if missing:
        raise WorkflowError(str(InputError("raw data", ", ".join(missing), "no such files")))
    # What was there before is compared by content, not by time.
    given = {str(path) for path in files_there}
    needed = dict.fromkeys(map(str, needed))
    return [ancient(path) if path in given else path for path in needed]


def region_files(wildcards):
    """The file with the outlines from which the region is composed, and those beside it."""
    if REGION.country or REGION.outline in BUILT_IN_REGIONS:
        return []
    if not OUTLINE.is_file():
        raise WorkflowError(str(InputError("config region.polygon", str(OUTLINE), "no such file")))
    return [ancient(str(file)) for file in outline_files(OUTLINE)]


def profile_files(wildcards):
    source, sources = config["profiles"]["source"], config["profiles"]["sources"]
    named = [source] if source else sources.values()
    return raw(*(file for one in named for file in source_files(one)))


def clm_files(wildcards):
    return raw(*config["forcing"]["clm"]["files"])


def history_files(wildcards):
    """The history through time."""
    return [HISTORY, HISTORY_MANIFEST] if TWIN else raw(*SERIES["files"])


def npp_files(wildcards):
    if NPP is None or NPP["format"] == "clm":
        return []
    return raw(f"{NPP['folder']}/MOD17A3_*.tif" if NPP["format"] == "mod17a3" else NPP["file"])


@cache
def covariate_layers():
    """The covariates of the run. Snakemake asks for them many times while it plans."""
    # Takes a second to import, which the jobs of other rules need not spend.
    from proda.data.covariate_table import read_covariate_table

    try:
        return read_covariate_table(TABLE_OF_COVARIATES, "", config["covariates"]["names"])
    except InputError as error:
        raise WorkflowError(str(error)) from None


def covariate_files(wildcards):
    return raw(*sorted({str(layer.path) for layer in covariate_layers()}))


def reference_files(wildcards):
    return raw(
        *(
            path
            for reference in config["references"].values()
            for path in reference.get("files", [reference.get("folder")])
        )
    )


def require_class(covariate, key):
    """Require a class covariate of the run that the configuration names. This is checked when the
    run is planned rather than after the assimilation."""
    classes = [layer.name for layer in covariate_layers() if layer.kind == "class"]
    if covariate not in classes:
        expected = f"a class covariate of this run: {', '.join(classes) or 'it has none'}"
        hint = f"{key}: null for none"
        raise WorkflowError(str(InputError(f"config {key}.covariate", expected, covariate, hint)))


def covariates_of_pairs(wildcards):
    """Covariates of the profiles, among them the class covariate of the vegetation."""
    if VEGETATION:
        require_class(VEGETATION["covariate"], "evaluation.vegetation")
    return INPUTS / "site_covariates.nc"


def covariates_of_zones(wildcards):
    """Covariates of the cells, among them the class covariate of the climate."""
    if not CLIMATE:
        return []
    require_class(CLIMATE["covariate"], "processes.climate")
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
