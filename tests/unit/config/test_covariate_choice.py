"""Covariates as the configuration lists them: rasters by name or pattern, a table of sites."""

import csv
from pathlib import Path

import pytest
import yaml

from proda.config.covariate_choice import (
    choose_covariates,
    composed_table,
    is_composed,
    table_of_covariates,
)
from proda.config.keys import build
from proda.config.plan import Plan, planned_results, without_covariates
from proda.config.sections.covariates import CovariateSettings
from proda.config.validation import validate_config
from proda.data.covariate_table import covariate_kinds, read_covariate_table, site_variables
from proda.errors import InputError

TUTORIAL = Path(__file__).parents[3] / "docs" / "tutorial" / "config.yaml"
SITES = {
    "path": "sites.csv",
    "columns": {"profile_id": "pit", "elevation": "elev_m", "rock": "lithology"},
    "classes": ["rock"],
    "units": {"elevation": "m"},
    "groups": {"elevation": "terrain"},
}
FILES = {
    "elevation": "dem.tif",
    "IGBP": "cover.tif",
    "BIO1": {"file": "climate.nc", "variable": "t", "scale": 0.1, "unit": "degC",
             "missing": [[-99, -99], [200, 255]], "valid_range": [-60, 40], "crs": "EPSG:4326"},
}  # fmt: skip


def settings(**keys):
    return build(CovariateSettings, keys)


@pytest.fixture
def config():
    return yaml.safe_load(TUTORIAL.read_text())


def test_rasters_of_a_configuration_become_layers(tmp_path):
    chosen = settings(files=FILES)
    assert choose_covariates(chosen, tmp_path) == (("elevation", "IGBP", "BIO1"),) * 2 + ((),)
    with table_of_covariates(chosen, tmp_path) as path:
        elevation, cover, temperature = read_covariate_table(path, "data")
        assert covariate_kinds(path)["IGBP"] == "class"
    assert (elevation.path, elevation.kind) == (Path("data/dem.tif"), "continuous")
    assert (elevation.valid_min, elevation.valid_max) == (-9998, 1e15)
    assert (cover.kind, cover.valid_max, cover.unit) == ("class", 254, "class")
    assert (temperature.scale, temperature.variable, temperature.crs) == (0.1, "t", "EPSG:4326")
    assert temperature.missing == ((-99, -99), (200, 255))
    assert (temperature.valid_min, temperature.valid_max) == (-60, 40)


def test_a_pattern_of_files(tmp_path):
    for name in ("b/slope.tif", "b/aspect.tif", "b/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    chosen = settings(files="b/*.tif")
    assert choose_covariates(chosen, tmp_path).names == ("aspect", "slope")
    rows = list(csv.DictReader(composed_table(chosen, tmp_path).splitlines()))
    assert [row["file"] for row in rows] == ["b/aspect.tif", "b/slope.tif"]
    with pytest.raises(InputError, match=r"files: expected files .*c/\*.tif, found none"):
        choose_covariates(settings(files="c/*.tif"), tmp_path)
    (tmp_path / "b" / "slope.nc").touch()
    with pytest.raises(InputError, match=r"one file per name, found .*slope.nc, .*slope.tif"):
        choose_covariates(settings(files="b/*"), tmp_path)


def test_covariates_at_sites_beside_rasters(tmp_path):
    both = settings(files={"elevation": "dem.tif"}, sites=SITES)
    found = choose_covariates(both, tmp_path)
    assert found == (("elevation", "rock"), ("elevation",), ("elevation", "rock"))
    assert found.without_raster == ("rock",)
    with table_of_covariates(both, tmp_path) as path:
        assert [layer.name for layer in read_covariate_table(path, ".")] == ["elevation"]
        assert covariate_kinds(path) == {"elevation": "continuous", "rock": "class"}
        elevation, rock = site_variables(path)
    assert (elevation.column, elevation.has_raster) == ("elev_m", True)
    assert (rock.column, rock.kind, rock.has_raster) == ("lithology", "class", False)
    one = settings(files={"elevation": "dem.tif"}, sites=SITES, names=["elevation"])
    assert choose_covariates(one, tmp_path).without_raster == ()
    alone = choose_covariates(settings(sites=SITES), tmp_path)
    assert alone == (("elevation", "rock"), (), ("elevation", "rock"))
    assert choose_covariates(settings(names=[]), tmp_path) == ((), (), ())
    assert len(choose_covariates(settings(), tmp_path).gridded) == 60
    assert not is_composed(settings()) and is_composed(settings(sites=SITES))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"files": FILES, "names": ["slope"]},
            r"names: expected names from elevation.*found slope",
        ),
        (
            {"sites": SITES | {"classes": ["geology"]}},
            r"sites.classes: .*elevation, rock, found geo",
        ),
        ({"sites": SITES | {"units": {"x": "m"}}}, r"sites.units: expected covariates of columns"),
        (
            {"sites": {"path": "s", "columns": {"profile_id": "a"}}},
            r"at least one covariate besides",
        ),
        (
            {"sites": {"path": "s", "columns": {"a": ["b", "c"]}}},
            r"columns.a: .*name of one column",
        ),
    ],
)
def test_choices_that_nothing_provides(tmp_path, keys, message):
    with pytest.raises(InputError, match=message):
        choose_covariates(settings(**keys), tmp_path)


def test_a_class_at_sites_whose_raster_is_continuous(tmp_path):
    rock = {"file": "rock.tif", "kind": "continuous"}
    with pytest.raises(InputError, match=r"classes, rock: expected the kind of its raster, contin"):
        composed_table(settings(files={"rock": rock}, sites=SITES), tmp_path)


def test_a_run_without_covariates_has_the_methods_that_need_none(config):
    for section in (..., {"names": []}):
        whole = config | {"covariates": section}
        del whole["methods"]
        if section is ...:
            del whole["covariates"]
        filled = validate_config(whole)
        assert filled["methods"] == ["default", "one_batch", "random_sampling"]
        assert filled["evaluation"]["vegetation"] is None
        skipped = list(without_covariates(Plan(filled)))
        assert {each.skipped for each in skipped} == {"no covariates to learn from"}
        assert "projection/neural_network_*.nc" in [each.path for each in skipped]
    whole["methods"] = ["neural_network"]
    with pytest.raises(InputError, match=r"expected covariates for neural_network"):
        validate_config(whole)


def test_learners_without_rasters_have_no_map(config):
    config = config | {"covariates": {"sites": SITES}, "methods": ["one_batch", "random_forest"]}
    config["data_dir"] = "data"
    plan = Plan(validate_config(config))
    assert plan.config["evaluation"]["vegetation"] is None
    assert plan.learners == ["random_forest"] and plan.mapped_learners == []
    assert plan.mapped == ["one_batch"] and "random_forest_blocks" in plan.parametric
    plan.require_possible()
    (skipped,) = without_covariates(plan)
    assert (skipped.path, skipped.skipped) == (
        "maps/random_forest_stocks.tif", "no raster of elevation, rock",
    )  # fmt: skip
    assert skipped in list(planned_results(plan))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "learning",
            {"random_forest": {"fitted_on": "grid"}},
            r"random_forest.fitted_on: .*profiles only",
        ),
        (
            "processes",
            {"climate": {"covariate": "rock", "classes": {"A": [1]}}},
            r"climate.covariate: ",
        ),
    ],
)
def test_settings_that_need_rasters(config, path, value, message):
    config = config | {"covariates": {"sites": SITES}, "methods": ["random_forest"], path: value}
    with pytest.raises(InputError, match=message):
        Plan(validate_config(config)).require_possible()


def test_rasters_in_two_places(config):
    whole = config | {"covariates": {"table": "a.csv", "files": {"a": "b.tif"}}}
    with pytest.raises(InputError, match=r"config covariates: expected either a table or files"):
        validate_config(whole)
