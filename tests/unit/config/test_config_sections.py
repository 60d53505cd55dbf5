"""Sections of the configuration as classes: defaults, limits, plain values, light imports."""

import pkgutil
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import pytest
import yaml

from bad_inputs.configs import SOUND
from configurations import changed
from proda.config import sections
from proda.config.arguments import with_arguments
from proda.config.keys import Limits, as_plain, build, build_alternative, check_limits
from proda.config.schema import load_schema
from proda.config.sections.assimilation import (
    ASSIMILATION_PRESETS,
    AssimilationSettings,
    SiteLength,
)
from proda.config.sections.forcing import FieldSubstitute, NppNetcdf, ValueSubstitute
from proda.config.sections.learning import NETWORK_PRESETS, NetworkOptions
from proda.config.sections.profiles import ProfileSettings, TableSource, WosisSource
from proda.config.sections.references import Reference, WiseReference
from proda.config.validation import read_config, validate_config
from proda.errors import InputError
from workflow_runs import ROOT


@dataclass(frozen=True)
class Depths:
    """A section."""

    bottom: Annotated[float, Limits(above=0, maximum=3), "Depth, m."] = 1.0
    layers: Annotated[int, Limits(minimum=1)] = 10
    kind: Literal["node", "interface"] = "node"
    name: Annotated[str, Limits(min_length=1)] | None = None
    weights: tuple[Annotated[float, Limits(minimum=0, maximum=1)], ...] = ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bottom": 0}, "grid.bottom: expected more than 0 and 3 or less, found 0"),
        ({"bottom": float("nan")}, "grid.bottom: expected more than 0 and 3 or less, found nan"),
        ({"bottom": "1"}, "grid.bottom: expected a number, found '1'"),
        ({"layers": 2.0}, "grid.layers: expected a whole number, found 2.0"),
        ({"layers": True}, "grid.layers: expected a whole number, found True"),
        ({"kind": "top"}, "grid.kind: expected one of node, interface, found 'top'"),
        ({"name": ""}, "grid.name: expected"),
        ({"weights": (0.5, 1.5)}, r"grid.weights: expected 0 to 1, found \(0.5, 1.5\)"),
    ],
)
def test_limits_hold_for_sections_that_a_program_makes(changes, message):
    check_limits(Depths(3, 1, "interface", "soil", (0, 1)), "grid.")
    with pytest.raises(InputError, match=message):
        check_limits(replace(Depths(), **changes), "grid.")


def test_plain_values_become_the_section_of_their_format():
    config = read_config(changed(SOUND, {"forcing.clm.missing_fields": {
        "CELLSAND": {"value": 50}, "ALTMAX_LASTYEAR": {"use": "ALTMAX"},
    }}))  # fmt: skip
    assert isinstance(config.profiles.source, TableSource)
    assert isinstance(config.forcing.npp, NppNetcdf)
    fields = config.forcing.clm.missing_fields
    assert fields == {"CELLSAND": ValueSubstitute(50), "ALTMAX_LASTYEAR": FieldSubstitute("ALTMAX")}
    assert config.forcing.clm.files == ("clm.nc",)
    wise = build_alternative(Reference, {"format": "wise", "folder": "w"})
    assert wise == WiseReference(format="wise", folder="w")
    source = {"format": "wosis_2019", "path": "w"}
    assert isinstance(build(ProfileSettings, {"source": source}).source, WosisSource)


@pytest.mark.parametrize(
    "name", ["config.yaml", "conus.yaml", "global.yaml", "global_twin.yaml", "own_data.yaml"]
)
def test_a_filled_configuration_is_valid_and_complete(name):
    filled = validate_config(yaml.safe_load((ROOT / "config" / name).read_text()))
    assert validate_config(filled) == filled
    assert as_plain(read_config(filled)) == filled


def test_what_is_not_given_comes_from_the_preset():
    options = build(NetworkOptions, {"preset": "public_code", "epochs": 7})
    assert options == replace(NETWORK_PRESETS["public_code"], epochs=7)
    learning = {"neural_network": {"preset": "public_code"}}
    filled = validate_config(changed(SOUND, {"learning": learning}))["learning"]
    assert filled["neural_network"] == as_plain(NETWORK_PRESETS["public_code"])


def test_values_that_do_not_fit_each_other_are_named_with_their_section():
    wrong = changed(SOUND, {"learning": {"neural_network": {"hidden": [8, 8]}}})
    message = r"config learning.neural_network.dropout: expected 2 fractions"
    with pytest.raises(InputError, match=message):
        validate_config(wrong)


def test_a_part_of_a_section_keeps_the_other_defaults():
    built = build(AssimilationSettings, {"site": {"steps": 200, "draws": 10}})
    assert built.site == SiteLength(steps=200, draws=10)
    assert built.one_batch == AssimilationSettings().one_batch


@pytest.mark.parametrize(("name", "preset"), ASSIMILATION_PRESETS.items())
def test_a_preset_is_a_whole_section_whose_single_keys_can_be_changed(name, preset):
    assert build(AssimilationSettings, {"preset": name}) == preset
    changes = {"site": {"draws": 20}, "likelihood": {"relative_error": 0.5}, "chains": 7}
    built = build(AssimilationSettings, {"preset": name} | changes)
    assert built.site == replace(preset.site, draws=20)
    assert built.likelihood == replace(preset.likelihood, relative_error=0.5)
    rest = replace(built, site=preset.site, likelihood=preset.likelihood, chains=preset.chains)
    assert rest == preset
    filled = validate_config(changed(SOUND, {"assimilation": {"preset": name}}))["assimilation"]
    assert filled == as_plain(preset)


def test_a_preset_can_be_named_on_the_command_line():
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    assert config["assimilation"]["preset"] == "recommended"
    arguments = {"dataset": "twin_study", "assimilation": {"preset": "study"}}
    found = read_config(with_arguments(config, arguments))
    assert found.assimilation == ASSIMILATION_PRESETS["study"]


def test_random_walks_have_the_errors_of_the_study():
    walk = {"sampler": "adaptive-metropolis"}
    for changes, key in (
        ({"assimilation": walk}, "assimilation.likelihood.error_model: expected relative with"),
        (
            {
                "assimilation": walk
                | {"preset": "study", "likelihood": {"estimate_error": "one_batch"}}
            },
            "assimilation.likelihood.estimate_error: expected none with the sampler adap",
        ),
        (
            {
                "assimilation": {"preset": "paper"},
                "profiles.below_detection": "censor",
                "profiles.detection_limit": 0.1,
            },
            "profiles.below_detection: expected reject with the sampler paper, found 'censor'",
        ),
    ):
        with pytest.raises(InputError, match=f"config {key}"):
            validate_config(changed(SOUND, changes))


def test_nothing_is_censored_without_a_limit():
    changes = {"profiles.below_detection": "censor", "profiles.detection_limit": None}
    with pytest.raises(InputError, match=r"config profiles.detection_limit: expected a limit to"):
        validate_config(changed(SOUND, changes))


def test_presets_are_those_that_can_be_named():
    choices = load_schema()["properties"]["assimilation"]["properties"]["preset"]["enum"]
    assert list(ASSIMILATION_PRESETS) == choices
    assert all(preset.preset == name for name, preset in ASSIMILATION_PRESETS.items())
    study, paper = ASSIMILATION_PRESETS["study"], ASSIMILATION_PRESETS["paper"]
    assert study.likelihood == paper.likelihood
    assert paper.sampler == "paper" != study.sampler


def test_sections_are_imported_without_any_package():
    """All but those that depend on the registers of structures and methods."""
    registers = {"config", "forcing", "forcing_series", "model", "transient"}
    names = {module.name for module in pkgutil.iter_modules(sections.__path__)} - registers
    code = "import sys\nbefore = set(sys.modules)\n"
    code += "".join(f"import proda.config.sections.{name}\n" for name in sorted(names))
    code += "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
    code += "print(*sorted(new - sys.stdlib_module_names))\n"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "workflow", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.split() == ["proda"]
