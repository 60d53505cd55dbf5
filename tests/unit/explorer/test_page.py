"""What is collected of a run, and the page that is made of it."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from explorer_cases import LEARNER, REJECTED, N, SmallRun
from proda.errors import InputError
from proda.explorer.collect import collect
from proda.explorer.encoding import RELATIVE_ERROR, decode
from proda.explorer.page import make_page
from proda.explorer.shown_methods import best_method
from proda.explorer.through_time import MANY_YEARS, shown_years


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return SmallRun(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def payload(run):
    return collect(run.files, "small")


def layers(payload):
    return {group.name: group.layers for group in payload.groups}


def test_soil_carbon_is_that_of_the_files(run, payload):
    for where, files in (("profile", run.files.sites), ("cell", run.files.grids)):
        for method, path in files.items():
            file = run.open(path.name)
            kinds = [kind for kind in ("mean", "p05", "p95") if f"soc_{kind}" in file]
            found = decode(payload.blocks[f"{where}.soc.{method}"])
            nodes = payload.about["curves" if where == "profile" else "grids"][method]["nodes"]
            n = len(nodes)
            np.testing.assert_array_equal(nodes, file["layer"].values[:n])
            # As deep as anybody looks, and one layer more.
            assert nodes[-2] <= 2.0 < nodes[-1]
            for k, kind in enumerate(kinds):
                soc = file[f"soc_{kind}"]
                exact = soc.values.T[:n] if where == "profile" else run.cells.from_grid(soc)[:n]
                exact = exact / 1000
                if where == "cell":
                    exact[:, 3] = np.nan
                rows = found[k * n : (k + 1) * n]
                np.testing.assert_allclose(rows, exact, rtol=RELATIVE_ERROR * 1.000001)


def test_posteriors_are_quantiles_of_all_draws(run, payload):
    theta = run.open("site_posteriors.nc")["theta"].values
    d = len(run.model.parameters)
    found = decode(payload.blocks["profile.theta"]).reshape(5, d, N)
    exact = np.quantile(theta, [0.05, 0.25, 0.5, 0.75, 0.95], axis=1).transpose(0, 2, 1)
    np.testing.assert_allclose(found, exact, rtol=0, atol=1 / 254 / 2)


def test_profiles_come_before_those_that_the_ledger_excludes(run, payload):
    ids = decode(payload.blocks["profile.id"])
    assert ids == [*run.ids, *(f"R{k}" for k in range(REJECTED))]
    longitude = decode(payload.blocks["profile.longitude"])[0]
    place = (longitude - 1) * payload.about["profiles"]["degree"] - 180
    np.testing.assert_allclose(place[:N], run.lon[:N], rtol=0, atol=5.1e-6)
    assert longitude[N] == 0  # without coordinates
    count = decode(payload.blocks["horizon.count"])[0]
    assert count.sum() == len(run.horizons) and (count[N:] == 0).all()
    assert payload.about["profiles"]["used"] == N - 1


def test_a_layer_names_rows_that_are_there(payload):
    for group in payload.groups:
        for chosen, layer in group.layers.items():
            assert len(chosen.split("|")) == len(group.choices)
            parts = [layer["values"], *(layer[name] for name in ("less", "per") if name in layer)]
            parts += [layer["fade"]["values"]] if "fade" in layer else []
            for array, row in parts:
                rows = payload.blocks[array].about["rows"]
                assert row + (len(payload.about["years"]) if layer.get("years") else 1) <= rows


def test_cells_are_faded_where_the_data_say_little_or_learners_extrapolate(payload):
    found = layers(payload)
    assert "area of applicability" in found["stock"][f"{LEARNER}|0-30 cm"]["fade"]["text"]
    assert "fade" not in found["stock"]["one_batch|0-30 cm"]
    assert found["parameter"][f"q10|{LEARNER}|mean"]["fade"]["limit"] == 0.1
    assert "fade" in found["mechanism"][f"decomposition_rate|{LEARNER}|mean"]
    assert "fade" not in found["mechanism"]["decomposition_rate|default|mean"]


def test_the_first_map_is_of_the_best_method(run, payload):
    assert payload.about["first"] == {"group": "stock", "chosen": [LEARNER, "0-100 cm"]}
    without = replace(run.files, grids={name: run.files.grids[name] for name in ("default",)})
    assert best_method(without) == "default"
    assert best_method(replace(run.files, grids={})) is None


def test_what_a_run_lacks_is_not_on_its_page(run):
    lacking = replace(
        run.files, grids={}, parameters={}, processes={}, site_processes=None, references=None,
        applicability=None, covariates=None, yearly={}, table_1=None, labels=None, evaluated=None,
    )  # fmt: skip
    payload = collect(lacking, "posteriors only")
    assert list(layers(payload)) == ["posterior"]
    assert payload.about["first"]["group"] == "posterior"
    assert payload.about["outline"] and not any("cell" in name for name in payload.blocks)
    make_page(payload)
    single = replace(lacking, grids={"default": run.files.grids["default"]})
    found = layers(collect(single, "one map"))
    assert found["stock"] and not found["uncertainty"] and not found["difference"]


def test_curves_of_many_places_have_no_bands_and_the_page_says_so(run, payload, monkeypatch):
    assert payload.about["without_bands"] == []
    monkeypatch.setattr("proda.explorer.profiles.MANY_PROFILES", N - 1)
    monkeypatch.setattr("proda.explorer.collect.MANY_PROFILES", N - 1)
    monkeypatch.setattr("proda.explorer.grid.MANY_CELLS", len(run.cells) - 1)
    monkeypatch.setattr("proda.explorer.collect.MANY_CELLS", len(run.cells) - 1)
    large = collect(run.files, "large")
    assert large.about["without_bands"] == ["profiles", "cells"]
    for where, described in (("profile", "curves"), ("cell", "grids")):
        for method, found in large.about[described].items():
            rows = large.blocks[f"{where}.soc.{method}"].about["rows"]
            assert rows == len(found["nodes"])
            whole = decode(payload.blocks[f"{where}.soc.{method}"])[:rows]
            means = decode(large.blocks[f"{where}.soc.{method}"])
            np.testing.assert_allclose(means, whole, rtol=2 * RELATIVE_ERROR)
    assert "have no bands" in make_page(large)


def test_profiles_of_another_run_are_refused(run, tmp_path):
    other = SmallRun(tmp_path, prefix="Q", maps=False)
    with pytest.raises(InputError, match="profile Q100: expected a profile of"):
        collect(replace(run.files, posteriors=other.files.posteriors), "mixed")


def test_years_are_thinned_evenly_with_both_ends():
    assert shown_years(12, 100).tolist() == list(range(12))
    assert len(shown_years(251, 100)) == MANY_YEARS
    many = shown_years(251, 2_000_000)
    assert many.tolist() == [0, 250]


def test_the_same_results_give_the_same_bytes(run, payload):
    page = make_page(payload)
    assert page == make_page(collect(run.files, "small"))
    # Nothing is loaded from elsewhere, and a browser that tried would be stopped.
    assert "default-src 'none'" in page
    without_bokeh = re.sub(r"(?s)<script>.*?</script>", "", page)
    assert not re.search(r"""(src|href)=["'](?!#)""", without_bokeh)


def test_names_are_texts(run):
    name = "</script><img src=x onerror=alert(1)>"
    page = make_page(collect(run.files, name))
    assert "<img" not in page.replace("&lt;img", "")
    about = re.search(r'(?s)<script type="application/json" id="about">(.*?)</script>', page)
    assert json.loads(about[1])["dataset"] == name
