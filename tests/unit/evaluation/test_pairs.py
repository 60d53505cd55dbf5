"""Observed and modelled SOC side by side, from files of one run and from files of two."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from proda.errors import InputError
from proda.evaluation.pairs import build_pairs, read_blocks, read_pairs, write_pairs
from projection_files import cut_off, write_evaluation_inputs, write_sites_projection, write_splits


@pytest.fixture
def inputs(tmp_path):
    return write_evaluation_inputs(tmp_path)


def build(inputs, **changes):
    return build_pairs(**(vars(inputs) | changes))


def test_a_row_per_horizon_and_per_profile_in_kilograms(inputs):
    pairs = build(inputs)
    file = xr.load_dataset(inputs.horizons_path)
    assert list(pairs.horizons) == [
        "profile", "depth_m", "thickness_m", "observed",
        "default", "one_batch", "site_by_site", "neural_network", "neural_network_blocks",
    ]  # fmt: skip
    assert pairs.methods == tuple(inputs.projections)
    assert pairs.horizons["profile"].tolist()[:5] == [0, 0, 0, 1, 1]
    np.testing.assert_allclose(pairs.horizons["observed"], file["soc_density"] / 1000)
    np.testing.assert_allclose(
        pairs.horizons["one_batch"], pairs.horizons["observed"] + 1.0, rtol=1e-12
    )
    profiles = pairs.profiles
    assert profiles["profile_id"].tolist() == [f"P{i}" for i in range(8)]
    assert profiles["used"].tolist() == [True] * 7 + [False]
    assert profiles["role"].tolist()[3:] == ["test", "training", "training", "validation", ""]
    assert profiles["fold"].tolist() == [0, 0, 1, 1, 2, 2, 0, 0]
    forest, grass = "Evergreen forest", "Grassland"
    assert profiles["vegetation"].tolist() == [forest, forest, grass, ""] * 2
    # Horizons of 10 cm: the storage of the first profile is a tenth of the sum of three densities.
    first = file["soc_density"].to_numpy()[:3].sum() / 1000 * 0.1
    assert profiles.loc[0, "observed_kg_m2"] == pytest.approx(first)
    assert profiles.loc[0, "default_kg_m2"] == pytest.approx(2 * first)
    assert profiles.loc[1, "one_batch_kg_m2"] - profiles.loc[1, "observed_kg_m2"] == pytest.approx(
        2 * 0.1
    )


def test_tables_are_read_as_they_were_written_and_always_the_same_bytes(inputs, tmp_path):
    pairs = build(inputs)
    first = tmp_path / "a" / "pairs.csv.gz", tmp_path / "a" / "profiles.csv"
    write_pairs(pairs, *first)
    again = read_pairs(*first)
    pd.testing.assert_frame_equal(again.horizons, pairs.horizons, rtol=1e-7)
    pd.testing.assert_frame_equal(again.profiles, pairs.profiles, rtol=1e-7, check_dtype=False)
    assert again.profiles["used"].dtype == bool
    assert again.methods == pairs.methods
    second = tmp_path / "b" / "pairs.csv.gz", tmp_path / "b" / "profiles.csv"
    write_pairs(again, *second)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_the_source_of_each_profile_is_kept_where_there_are_several(inputs, tmp_path):
    horizons = xr.load_dataset(inputs.horizons_path)
    names = np.array(["neon", "more"] * 4, dtype=object)[: horizons.sizes["profile"]]
    horizons["source"] = "profile", names
    several = tmp_path / "several.nc"
    horizons.to_netcdf(several)
    pairs = build(inputs, horizons_path=several)
    paths = tmp_path / "pairs.csv.gz", tmp_path / "profiles.csv"
    write_pairs(pairs, *paths)
    again = read_pairs(*paths)
    assert again.profiles["source"].tolist() == names.tolist()
    assert again.methods == build(inputs).methods
    assert "source" not in build(inputs).profiles


def test_a_profile_without_prediction_keeps_its_rows(inputs, tmp_path):
    path = inputs.projections["neural_network"]
    values = xr.load_dataset(path)["predicted_mean"].to_numpy()
    values[3:5] = np.nan  # the second profile
    sizes = xr.load_dataset(path)["row_size"].to_numpy()
    lacking = write_sites_projection(tmp_path / "lacking.nc", values, sizes)
    pairs = build(inputs, projections=inputs.projections | {"neural_network": lacking})
    assert pairs.horizons["neural_network"].isna().sum() == 2
    assert np.isnan(pairs.profiles.loc[1, "neural_network_kg_m2"])
    assert pairs.complete(["default"]).all()
    assert pairs.complete(pairs.methods).tolist() == [True, False] + [True] * 6
    write_pairs(pairs, tmp_path / "pairs.csv.gz", tmp_path / "profiles.csv")
    again = read_pairs(tmp_path / "pairs.csv.gz", tmp_path / "profiles.csv")
    assert again.horizons["neural_network"].isna().sum() == 2


def rename_first(path, column):
    """A copy of a file whose profiles are in another order."""
    if path.suffix == ".csv":
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table.iloc[[0, 1]] = table.iloc[[1, 0]].to_numpy()
        table.to_csv(path, index=False)
    else:
        data = xr.load_dataset(path)
        data[column][[0, 1]] = data[column][[1, 0]].to_numpy()
        data.to_netcdf(path)


@pytest.mark.parametrize("name", ["posteriors_path", "splits_path", "covariates_path", "default"])
def test_files_of_other_profiles_are_refused(inputs, name):
    path = inputs.projections["default"] if name == "default" else getattr(inputs, name)
    rename_first(path, "profile_id")
    message = rf"{path.name}, profile 0: expected 'P0', as in .*horizons\.nc, found 'P1'"
    with pytest.raises(InputError, match=message):
        build(inputs)


def test_blocks_are_those_of_the_profiles_of_the_pairs(inputs):
    pairs = build(inputs)
    assert read_blocks(inputs.splits_path, pairs).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    rename_first(inputs.splits_path, "profile_id")
    with pytest.raises(InputError, match=r"profile 0: expected 'P0', as in the pairs, found 'P1'"):
        read_blocks(inputs.splits_path, pairs)


def test_files_of_other_horizons_or_fewer_profiles_are_refused(inputs, tmp_path):
    sizes = [3, 2, 3, 2, 3, 2, 2, 3]
    path = write_sites_projection(tmp_path / "other_sites.nc", np.ones(20), sizes)
    message = r"other_sites.nc, row_size\[6\]: expected 3 horizons, found 2"
    with pytest.raises(InputError, match=message):
        build(inputs, projections={"default": path})
    path = write_sites_projection(tmp_path / "few_sites.nc", np.ones(5), [3, 2])
    with pytest.raises(
        InputError, match=r"few_sites.nc: expected the 8 profiles .*, found 2 profiles"
    ):
        build(inputs, projections={"default": path})
    xr.load_dataset(path).drop_vars("predicted_mean").to_netcdf(tmp_path / "empty.nc")
    with pytest.raises(InputError, match=r"empty.nc: expected variables predicted_mean"):
        build(inputs, projections={"default": tmp_path / "empty.nc"})
    with pytest.raises(InputError, match=r"few_sites.nc: expected a whole netCDF file"):
        build(inputs, projections={"default": cut_off(path)})


def test_splits_of_other_used_profiles_are_refused(inputs, tmp_path):
    stale = write_splits(tmp_path / "stale.csv", 8, unused=(2,))
    message = r"stale.csv, profile P2: expected used = 1, .* found used = 0 \(make the splits"
    with pytest.raises(InputError, match=message):
        build(inputs, splits_path=stale)


def test_tables_that_do_not_fit_each_other_are_refused(inputs, tmp_path):
    pairs = build(inputs)
    paths = tmp_path / "pairs.csv.gz", tmp_path / "profiles.csv"
    write_pairs(pairs, *paths)
    table = pd.read_csv(paths[1])
    table.head(3).to_csv(paths[1], index=False)
    with pytest.raises(InputError, match=r"pairs.csv.gz: expected at least 8 profiles, found 3"):
        read_pairs(*paths)
    table.drop(columns="default_kg_m2").to_csv(paths[1], index=False)
    with pytest.raises(InputError, match=r"profiles.csv: expected columns .*default_kg_m2"):
        read_pairs(*paths)
    table.drop(columns="used").to_csv(paths[1], index=False)
    with pytest.raises(InputError, match=r"profiles.csv: expected first columns .*used"):
        read_pairs(*paths)
