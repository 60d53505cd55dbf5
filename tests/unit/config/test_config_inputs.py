"""The configuration of the inputs: closed on all levels, defaults filled in, errors that help."""

from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from configurations import changed
from proda.config.schema import formats_of, load_schema
from proda.config.sections.profiles import TableSource
from proda.config.validation import validate_config
from proda.data.profiles.collect import FORMATS
from proda.data.profiles.density import PEDOTRANSFER_FUNCTIONS
from proda.data.profiles.table import UNITS
from proda.errors import InputError
from proda.inference.flags import Flag
from proda.inference.metropolis_settings import PRESETS
from proda.inference.options import TRAJECTORIES
from proda.model.default_runs import VERSIONS
from proda.model.structures import STRUCTURES
from proda.twin import TwinConfig

CONFIGS = Path(__file__).parents[3] / "config"


@pytest.fixture
def config():
    return yaml.safe_load((CONFIGS / "config.yaml").read_text())


def change(config, path, value):
    """A copy with the key at ``path`` set, or removed for a value of ``...``."""
    return changed(config, {path: value})


@pytest.mark.parametrize(
    "name", ["config.yaml", "conus.yaml", "global.yaml", "global_twin.yaml", "own_data.yaml"]
)
def test_the_configurations_of_the_repository_are_valid(name):
    filled = validate_config(yaml.safe_load((CONFIGS / name).read_text()))
    assert filled["forcing"]["site_interpolation"] == "cell"
    assert filled["profiles"]["pedotransfer"] == "tao_2024"


def schemas(schema, place="config"):
    yield place, schema
    for name, part in schema.get("properties", {}).items():
        yield from schemas(part, f"{place}.{name}")
    for i, part in enumerate(schema.get("oneOf", [])):
        yield from schemas(part, f"{place}[{i}]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from schemas(schema["additionalProperties"], f"{place}.*")


def test_every_level_is_closed_and_every_key_described():
    for place, schema in schemas(load_schema()):
        if schema.get("type") == "object" and "properties" in schema:
            assert schema.get("additionalProperties") is False, place
            for name, part in schema["properties"].items():
                described = part
                assert described.get("description"), f"{place}.{name}"


def values(schema, place="config"):
    """Every schema of a value, with its place: keys, items of lists, names of keys."""
    yield place, schema
    for name, part in schema.get("properties", {}).items():
        yield from values(part, f"{place}.{name}")
    for key in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(key), dict):
            yield from values(schema[key], f"{place}.{key}")
    for i, part in enumerate(schema.get("oneOf", [])):
        yield from values(part, f"{place}[{i}]")


def test_every_number_list_and_text_has_limits():
    """No key takes 400 digits, 1e-320, 1e300, a million entries or an empty name."""
    for place, schema in values(load_schema()):
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if {"integer", "number"} & set(kinds):
            assert {"minimum", "exclusiveMinimum"} & schema.keys(), place
            assert {"maximum", "exclusiveMaximum"} & schema.keys(), place
        if "array" in kinds:
            assert "maxItems" in schema or "enum" in schema["items"], place
        if "string" in kinds:
            assert {"minLength", "pattern", "enum"} & schema.keys(), place
        if isinstance(schema.get("additionalProperties"), dict):
            assert "maxProperties" in schema or "enum" in schema["propertyNames"], place


def test_the_schema_knows_what_the_library_knows(config):
    properties = load_schema()["properties"]
    pedotransfer = properties["profiles"]["properties"]["pedotransfer"]["enum"]
    assert pedotransfer == [*PEDOTRANSFER_FUNCTIONS, None]
    assert properties["structure"]["enum"] == list(STRUCTURES)
    sources = properties["profiles"]["properties"]["source"]["oneOf"]
    assert [name for source in sources for name in formats_of(source)] == list(FORMATS)
    twin = validate_config(change(config, "twin", {}))["twin"]
    defaults = asdict(TwinConfig())
    assert twin | {"seed": 2020, "npp_years": tuple(twin["npp_years"])} == defaults
    for key, units in UNITS.values():
        assert getattr(TableSource, key) == next(iter(units))
    flags = properties["assimilation"]["properties"]["exclude_flags"]["items"]["enum"]
    assert flags == [flag.name.lower() for flag in Flag]
    samplers = properties["assimilation"]["properties"]["sampler"]["enum"]
    assert samplers == [TRAJECTORIES, *PRESETS]
    assert properties["model"]["properties"]["default_version"]["enum"] == [*VERSIONS, None]


def test_defaults_of_the_stated_format_are_filled_in(config):
    filled = validate_config(config)
    assert filled["forcing"]["npp"]["min_valid_fraction"] == 0.05
    assert filled["references"]["SoilGrids250m"]["form"] == "intervals"
    assert "form" not in filled["references"]["WISE30sec"]
    nothing = dict.fromkeys(["table", "files", "sites", "names"])
    assert filled["covariates"] == nothing | {"min_valid_fraction": 0}
    assert filled["region"]["resolution"] == 0.5


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("forcng", {}, r"config: expected one of .*, found 'forcng' \(did you mean 'forcing'\?\)"),
        ("profiles.pedotransfr", 1, r"config profiles: .* \(did you mean 'pedotransfer'\?\)"),
        ("profiles.source.pth", "x", r"config profiles.source: .* \(did you mean 'path'\?\)"),
        ("forcing.npp.file", "x", r"config forcing.npp: expected one of .*, found 'file'"),
        ("forcing.npp.years", ..., r"config forcing.npp: expected a key 'years'"),
        ("forcing.npp.format", "mod17", r"config forcing.npp.format: .*did you mean 'mod17a3'"),
        ("forcing.npp.format", ..., r"config forcing.npp: expected a key 'format', found none"),
        ("forcing.npp", ..., r"config forcing: expected a key 'npp', which clm45-10 needs"),
        ("forcing.clm.missing_fields", {"SOILPS": {"value": 1}}, r"did you mean 'SOILPSI'"),
        ("forcing.clm.missing_fields", {"SOILPSI": {"valu": 1}}, r"missing_fields.SOILPSI: .*valu"),
        (
            "forcing.site_interpolation",
            "grid",
            r"config forcing.site_interpolation: expected one of 'cell', 'bilinear'",
        ),
        (
            "references.WISE30sec.folder",
            ...,
            r"config references.WISE30sec: expected a key 'folder'",
        ),
        (
            "references.a/b",
            {"format": "wise", "folder": "x"},
            r"expected names like .*, found 'a/b'",
        ),
        ("twin.n_profiles", "many", r"config twin.n_profiles: expected a value of type integer"),
        ("twin.n_profiles", 0, r"config twin.n_profiles: expected 1 or more, found 0"),
        ("data_dir", "data", r"expected either a section twin or a data_dir, found both"),
        ("twin", ..., r"expected either a section twin or a data_dir, found neither"),
        ("region.resolution", 0, r"config region.resolution: expected 0.01 or more, found 0"),
        ("region", {"polygon": "a.shp", "country": "Kenya"}, r"either a polygon or a country"),
        (
            "region",
            {"polygon": "a.shp", "value": 5},
            r"attribute and value together, .*value alone",
        ),
        ("region", {"attribute": "a", "value": "b"}, r"region.attribute: .*polygon of your own"),
        ("region.bounds", [10, 50, 20, 40], r"with south below north, found \[10, 50, 20, 40\]"),
        ("learning.hybrid.error_model", "gama", r"hybrid.error_model: .*did you mean 'gamma'"),
        ("learning.hybrid.error_model", ["run", "gama"], r"error_model.1: .*mean 'gamma'"),
        ("learning.hybrid.error_model", [], r"error_model: .*1 .*found \[\]"),
        ("n_profiles", 5, r"config: .*, found 'n_profiles' \(it belongs to config twin\)"),
        ("twin.resolution", 0.3, r"config twin.resolution: expected a divisor of half a degree"),
        ("twin", {"format": "globe"}, r"expected .*synthetic globe is made, found clm45"),
        ("twin", {"format": "moon"}, r"config twin.format: .* \(did you mean 'globe'\?\)"),
        ("twin.n_profile", 5, r"config twin: .* \(did you mean 'n_profiles'\?\)"),
        ("twin.npp_years", [0, 9999], r"twin.npp_years: .* at most 100 years, found \[0, 9999\]"),
    ],
)
def test_a_wrong_key_is_named_with_the_nearest_right_one(config, path, value, message):
    with pytest.raises(InputError, match=message):
        validate_config(change(config, path, value))


def test_no_covariates_and_therefore_no_groups_of_vegetation(config):
    config = change(config, "covariates.names", [])
    alone = change(config, "methods", ["default", "one_batch", "random_sampling"])
    assert validate_config(alone)["evaluation"]["vegetation"] is None
    groups = {"covariate": "IGBP", "groups": {"Forest": [1]}}
    chosen = change(alone, "evaluation.vegetation", groups)
    assert validate_config(chosen)["evaluation"]["vegetation"] == groups
    with pytest.raises(InputError) as error:
        validate_config(change(config, "methods", ["default", "random_forest"]))
    message = str(error.value)
    assert "covariates.names: expected covariates for random_forest, found []" in message


def test_without_learners_there_are_no_blocks_to_resample(config):
    config = change(config, "evaluation.resampled", "blocks")
    validate_config(change(config, "methods", ["default", "random_forest"]))
    with pytest.raises(
        InputError, match=r"evaluation.resampled: expected profiles without .* learns"
    ):
        validate_config(change(config, "methods", ["default", "one_batch"]))


def test_nothing_stands_in_for_the_soil_temperature(config):
    wrong = change(config, "forcing.clm.missing_fields", {"TSOI": {"value": 283}})
    with pytest.raises(InputError, match=r"missing_fields: expected one of SOILPSI.*found 'TSOI'"):
        validate_config(wrong)


@pytest.fixture
def through_time():
    """A synthetic globe that is run through time with two methods."""
    config = yaml.safe_load((CONFIGS / "global_twin.yaml").read_text())
    forcing = {"files": ["*.nc"], "years": [1900, 1950]}
    return config | {"methods": ["default", "one_batch"], "transient": {"forcing": forcing}}


def test_runs_through_time(through_time):
    assert validate_config(through_time)["transient"]["methods"] is None
    for methods in (["default"], ["one_batch", "site_mean"]):
        assert validate_config(change(through_time, "transient.methods", methods))


def test_the_example_of_the_global_study():
    """The section is a comment, because few users have a history through time."""
    text = (CONFIGS / "global.yaml").read_text()
    config, example = yaml.safe_load(text), text[text.index("# transient:") :].split("\n\n")[0]
    config |= yaml.safe_load("\n".join(line.removeprefix("# ") for line in example.splitlines()))
    assert validate_config(config)["transient"]["forcing"]["blocks"] == 120


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("transient.forcing", ..., "expected a key 'forcing'"),
        ("transient.forcing.years", [1950, 1900], "forcing.years: expected the smaller number"),
        ("transient.forcing.base_years", [1890, 1910], "expected years from 1900 to 1950"),
        ("transient.methods", ["hybrid"], "sets of this run: default, one_batch, site_mean, found"),
        ("transient.methods", ["direct_forest"], "methods.*found 'direct_forest'"),
        ("transient.scenarios", ["static", "climate"], "scenarios.*did you mean 'climate_only'"),
        ("transient.radiocarbon", {}, "expected a key 'atmosphere'"),
    ],
)
def test_runs_through_time_that_cannot_be(through_time, path, value, message):
    with pytest.raises(InputError, match=message):
        validate_config(change(through_time, path, value))


def test_the_history_of_a_land_model_has_no_parameters(through_time):
    config = change(through_time, "model.default_source", "clm")
    with pytest.raises(InputError, match=r"methods: .* one_batch, site_mean, found default"):
        validate_config(change(config, "transient.methods", ["default"]))


def test_the_built_in_dataset_has_no_history_through_time(config, through_time):
    with pytest.raises(InputError, match="history through time, or the synthetic globe"):
        validate_config(change(config, "transient", through_time["transient"]))
