"""Invalid values of the configuration: from files, from the command line, and beyond all limits."""

import copy
import datetime

import pytest
import yaml

from bad_inputs.configs import SOUND
from configurations import changed
from proda.config.arguments import with_arguments
from proda.config.file import check_config_file
from proda.config.schema import load_schema
from proda.config.validation import validate_config
from proda.errors import InputError, number_text, shown


def with_value(path, value):
    """A sound configuration with the key at ``path`` set."""
    return changed(SOUND, {path: value})


def refused(config):
    with pytest.raises(InputError) as error:
        validate_config(config)
    message = str(error.value)
    assert len(message) < 1000
    return message


# --- names and texts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["twin\n", "a/b", "..", ".", ".hidden", "-x", "a b", "a\tb", "a\x00b", "", "é", "a" * 101,
     "٣", "a\\b", "*", "{a}", "~", "a\u200bb", "\ud800"],
)  # fmt: skip
def test_a_name_that_becomes_a_path_is_refused(name):
    for path in ("dataset", "references.NAME", "validation.NAME", "downloads.products.NAME"):
        config = copy.deepcopy(SOUND)
        if path == "dataset":
            config["dataset"] = name
        else:
            section = config
            for part in path.split(".")[:-1]:
                section = section.setdefault(part, {})
            section[name] = {
                "references": {"format": "wise", "folder": "wise"},
                "validation": {"path": "p.csv", "unit": "kg m-2", "bottom": 100},
                "downloads": {"product": "p", "version": "1", "folder": "f"},
            }[path.split(".")[0]]
        assert "expected" in refused(config), path


def test_a_name_at_the_limits_passes():
    for name in ("a", "2020", "a.b-c_d", "_x", "a" * 100):
        assert validate_config(with_value("dataset", name))["dataset"] == name


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("data_dir", "data\nmore", "expected a text without line breaks and invisible characters"),
        ("data_dir", "data\x00", "found 'data\\x00' with U+0000"),
        ("profiles.source.path", "soil\u202e.csv", "with RIGHT-TO-LEFT OVERRIDE"),
        ("data_dir", "x" * 5000, "config data_dir: expected a text of at most 4096 characters"),
        ("covariates.names", ["BIO1\n"], "config covariates.names.0: expected a text without"),
        ("profiles.source.path", "", "config profiles.source.path: expected a text of 1 character"),
        ("data_dir", "\ud800", "can be written as UTF-8"),
        ("data_dir", " ", "config data_dir: expected a text that is not blank, found ' '"),
        ("references.WISE.format", None, "config references.WISE.format: expected a text, found N"),
        ("forcing.npp.format", [], "config forcing.npp.format: expected a text, found []"),
        ("profiles.source.format", {"a": 1}, "profiles.source.format: expected a text, found {'a'"),
        ("profiles.source.format", True, "YAML reads yes, no, on and off as true and false"),
    ],
)
def test_a_text_that_is_not_a_path_is_refused(path, value, message):
    assert message in refused(with_value(path, value))


def test_the_separator_may_be_a_tab_or_a_space():
    for separator in ("\t", " "):
        validate_config(with_value("profiles.source.separator", separator))


def test_names_that_make_the_same_figures_are_refused():
    points = {"path": "p.csv", "unit": "kg m-2", "bottom": 100}
    message = refused(with_value("validation", {"soil": points, "soil_maps": points}))
    assert "found 'soil' and 'soil_maps'" in message


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "expected", "found"),
    [
        ("seed", 10**399, "9223372036854775807 or less", "a whole number of about 400 digits"),
        ("seed", -1, "0 or more", "-1"),
        ("region.resolution", 1e-7, "0.01 or more", "1e-07"),
        ("region.resolution", 10**399, "90 or less", "a whole number of about 400 digits"),
        ("region.resolution", 5e-324, "a value of type number", "5e-324"),
        ("region.resolution", float("inf"), "a value of type number", "inf"),
        ("region.resolution", 0.5000001, "a divisor of 180", "0.5000001"),
        ("assimilation.site.steps", 1e30, "a value of type integer", "1e+30"),
        ("assimilation.site.steps", 10**29, "10000000 or less", "about 30 digits"),
        ("assimilation.site.test_steps", 1e300, "a value of type integer", "1e+300"),
        ("assimilation.likelihood.relative_error", 1e-320, "a value of type number", "1e-320"),
        ("assimilation.likelihood.relative_error", 1e300, "10 or less", "1e+300"),
        ("assimilation.likelihood.relative_error", 0.0009, "0.001 or more", "0.0009"),
        ("assimilation.burn_in", 5e-324, "a value of type number", "5e-324"),
        ("assimilation.certificate.rhat", 1, "more than 1", "1"),
        ("assimilation.acceptance_window", [0.1, float("nan")], "a value of type number", "nan"),
        ("assimilation.acceptance_window", [0.1, 1.0000001], "1 or less", "1.0000001"),
        ("assimilation.acceptance_window", [[0, 1]], "2 entries or more", "[[0, 1]]"),
        ("assimilation.acceptance_window", [[0.1], 1], "a value of type number", "[0.1]"),
        ("assimilation.acceptance_window", [0.1, 0.2, 0.3], "2 entries or fewer", "[0.1, "),
        ("forcing.clm.years", [float("-inf"), 2000], "a value of type integer", "-inf"),
        ("forcing.max_distance_km", 1e-9, "0.001 or more", "1e-09"),
        ("forcing.clm.missing_fields", {"CELLSAND": {"value": 1e300}}, "1000000 or less", "1e+300"),
        ("learning.folds", 10**9, "50 or less", "1000000000"),
        ("learning.neural_network.learning_rate", 1e-320, "a value of type number", "1e-320"),
        ("learning.neural_network.hidden", [10**9], "10000 or less", "1000000000"),
        ("learning.neural_network.hidden", [8] * 21, "20 entries or fewer", "[8, 8, 8"),
        ("evaluation.resamples", 10**8, "1000000 or less", "100000000"),
        ("seed", 0x7FFFFFFFFFFFFFFF + 1, "9223372036854775807 or less", "9223372036854775808"),
        ("covariates.names", ["x"] * 200_000, "at most 100000 values", "more"),
    ],
)  # fmt: skip
def test_a_number_out_of_range_is_named(path, value, expected, found):
    config = copy.deepcopy(SOUND)
    if path.startswith("assimilation.site."):
        run = {"test_steps": 100, "steps": 1000, "draws": 50} | {path.split(".")[-1]: value}
        config["assimilation"] = {"site": run}
    else:
        config = with_value(path, value)
    message = refused(config)
    assert message.startswith(f"config {path}") or "100000 values" in message
    assert expected in message and found in message


def test_a_seed_of_more_digits_than_python_writes_is_named():
    assert "found a whole number of about 5000 digits" in refused(with_value("seed", 10**4999))


def keys_of(schema, place=()):
    for branch in schema.get("oneOf", []):
        yield from keys_of(branch, place)
    for name, part in schema.get("properties", {}).items():
        yield (*place, name)
        yield from keys_of(part, (*place, name))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from keys_of(schema["additionalProperties"], (*place, "NAME"))


INVALID = [None, True, 10**40, 1e-320, "\n", [[]], {1: 2}, datetime.date(2020, 1, 1)]


def test_any_value_of_any_key_passes_or_is_explained():
    refusals = 0
    keys = sorted(set(keys_of(load_schema())))
    for path in keys:
        for value in INVALID:
            config = copy.deepcopy(SOUND)
            place = config
            for key in path[:-1]:
                if not isinstance(place.get(key), dict):
                    place[key] = {}
                place = place[key]
            place[path[-1]] = value
            try:
                validate_config(config)
            except InputError as error:
                refusals += 1
                message = str(error)
                assert message.startswith("config") and len(message) < 1500, path
                assert "\n" not in message, path
    assert refusals > 0.9 * len(keys) * len(INVALID)


def test_the_largest_seed_passes():
    assert validate_config(with_value("seed", 2**63 - 1))["seed"] == 2**63 - 1


# --- what YAML reads as another type --------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "hint"),
    [
        ("forcing.site_interpolation", "no", "YAML reads yes, no, on and off"),
        ("profiles.source.path", "on", "YAML reads yes, no, on and off"),
        ("dataset", "2020", "YAML reads it as a number: write it in quotes"),
        ("dataset", "2017-03-10", "YAML reads it as a date: write it in quotes"),
        ("dataset", "", "the key has no value"),
        ("seed", "1e5", "YAML reads it as text"),
        ("seed", "'5'", "YAML reads it as text"),
    ],
)
def test_a_text_that_yaml_reads_as_another_type_gets_a_hint(path, text, hint):
    assert hint in refused(with_value(path, yaml.safe_load(text)))


@pytest.mark.parametrize("key", [1, None, True, 1.5, datetime.date(2020, 1, 1), (1, 2)])
def test_a_key_that_is_not_a_text_is_refused(key):
    groups = {"covariate": "IGBP", "groups": {key: [1]}}
    message = refused(with_value("evaluation.vegetation", groups))
    assert message.startswith("config evaluation.vegetation.groups: expected a text as the name")
    assert f"found {key!r}" in message


def test_a_configuration_that_contains_itself_is_refused():
    config = yaml.safe_load("a: &a [*a]")
    assert "at most 20 levels" in refused(config)
    many = yaml.safe_load(
        "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
        "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
        "e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]"
    )
    assert "at most 100000 values" in refused(many)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"dataset: caf\xe9\n", "expected a text in UTF-8, found byte 0xe9 at position 12"),
        ("dataset: own\n".encode("utf-16"), "expected a text in UTF-8, found byte 0xff"),
        (b"a: 1\na: 2\n", "line 2: expected each key once, found 'a' again"),
        (b"? [1, 2]\n: 3\n", "line 1: expected a text as the name of a key, found a list"),
        (b"seed: " + b"9" * 5000, "expected a YAML file, found Exceeds the limit"),
        (b"a: " + b"[" * 5000 + b"]" * 5000, "nested too deep"),
        (b"a: *b\n", "found undefined alias"),
        (b"a: !!python/object:os.system x\n", "could not determine a constructor"),
        (b"a: 2020-13-45\n", "expected a YAML file, found month must be in 1..12"),
    ],
)
def test_a_file_that_is_not_yaml_is_refused(tmp_path, content, message):
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        check_config_file(path)
    assert str(path) in str(error.value) and message in str(error.value)


def test_a_folder_or_a_missing_file_is_named(tmp_path):
    for path, found in ((tmp_path, "Is a directory"), (tmp_path / "no.yaml", "No such file")):
        with pytest.raises(InputError, match=found):
            check_config_file(path)


def test_a_byte_order_mark_and_merge_keys_pass(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: &a {b: 1}\nc: {<<: *a, b: 2}\n")
    check_config_file(path)


# --- the command line ----------------------------------------------------------------------------


TWIN = {
    "dataset": "twin",
    "twin": {"n_profiles": 400, "noise": 0.3},
    "profiles": SOUND["profiles"],
    "forcing": SOUND["forcing"],
    "covariates": {},
}


@pytest.mark.parametrize(
    ("arguments", "path", "value"),
    [
        ({"twin": {"n_profiles": "5"}}, "twin.n_profiles", 5),
        ({"twin": {"noise": "0.1"}}, "twin.noise", 0.1),
        ({"twin": {"npp_years": ["2000", "2001"]}}, "twin.npp_years", [2000, 2001]),
        ({"evaluation": {"vegetation": "null"}}, "evaluation.vegetation", None),
        ({"forcing": {"clm": {"years": "null"}}}, "forcing.clm.years", None),
        ({"forcing": {"clm": {"years": ["1", "9"]}}}, "forcing.clm.years", [1, 9]),
        ({"profiles": {"source": {"path": "2023"}}}, "profiles.source.path", "2023"),
        ({"profiles": {"pedotransfer": "null"}}, "profiles.pedotransfer", None),
        ({"covariates": {"names": ["BIO1", "12"]}}, "covariates.names", ["BIO1", "12"]),
        (
            {"evaluation": {"vegetation": {"covariate": "IGBP", "groups": {"a": ["1", "2"]}}}},
            "evaluation.vegetation.groups.a",
            [1, 2],
        ),
        ({"methods": ["default"]}, "methods", ["default"]),
        ({"seed": 7}, "seed", 7),
    ],
)
def test_nested_values_of_the_command_line_get_their_type(arguments, path, value):
    joined = {key: TWIN.get(key, {}) for key in TWIN}
    filled = validate_config(with_arguments(joined, arguments))
    found = filled
    for key in path.split("."):
        found = found[key]
    assert found == value and type(found) is type(value)
    others = {"n_profiles": 400, "noise": 0.3} | arguments.get("twin", {})
    assert filled["twin"].keys() > others.keys()
    assert filled["twin"]["noise"] == float(others["noise"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"twin": {"n_profile": "5"}}, "config twin: .*found 'n_profile' .*did you mean 'n_prof"),
        ({"twin": {"n_profiles": "many"}}, "config twin.n_profiles: .*type integer, found 'many'"),
        ({"twin": {"n_profiles": "5.0"}}, "twin.n_profiles: .*type integer, found 5.0"),
        ({"twin": "{n_profiles: 5"}, "config twin: expected a value of type object"),
        ({"twin": 5}, "config twin: expected a value of type object or null, found 5"),
        ({"n_profiles": 5}, "found 'n_profiles' .it belongs to config twin"),
        ({"seed": "random"}, "config seed: expected a value of type integer, found 'random'"),
        ({"methods": "default"}, "config methods: expected a value of type array"),
        ({"twin": {"npp_years": ["2000"]}}, "config twin.npp_years: expected 2 entries"),
    ],
)
def test_a_mistake_on_the_command_line_is_named(arguments, message):
    with pytest.raises(InputError, match=message):
        validate_config(with_arguments(TWIN, arguments))


# --- how values are written ----------------------------------------------------------------------


def test_messages_distinguish_a_value_from_the_limit_beside_it():
    assert number_text(1.0000001) == "1.0000001"
    assert number_text(1.0) == "1" and number_text(-0.5) == "-0.5"
    assert number_text(1 + 2.0**-52, 0, 1) == "1.0000000000000002"
    assert number_text(3270.1000000000004, -500, 3270) == "3270.1"
    assert number_text(-5e-324, 0, 1) == "-5e-324"
    assert number_text(10**399) == "a whole number of about 400 digits"
    assert number_text(True + 4) == "5"


def test_long_values_are_shortened():
    assert len(shown(["x"] * 10_000)) < 150
    assert "10 entries" not in shown("short") and shown("short") == "'short'"
    assert shown({"a": 10**6000}).startswith("a dict with a number")
