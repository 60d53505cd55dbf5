"""The global study by size: its configuration is valid, posteriors are copied by climate."""

from argparse import Namespace

import netCDF4
import numpy as np
import pytest
import scale as benchmark
import yaml

from proda.config.validation import validate_config
from proda.inference.site import Status


@pytest.mark.parametrize(("resolution", "blocks"), [(1.5, 10.5), (0.5, 10.0), (2.0, 10.0)])
def test_a_size_is_a_valid_configuration_whose_blocks_hold_whole_cells(
    tmp_path, resolution, blocks
):
    options = Namespace(
        profiles=77,
        resolution=resolution,
        learners=["random_forest"],
        plan=False,
        set=["learning.folds=3", "learning.random_forest.trees=20", "random_sampling.draws=100"],
    )
    config = yaml.safe_load(benchmark.configure(tmp_path, options).read_text())
    found = validate_config(config)
    assert found["twin"]["n_profiles"] == 77 and found["region"]["resolution"] == resolution
    assert found["learning"]["block_size"] == blocks
    assert found["methods"] == ["default", "one_batch", "random_sampling", "random_forest"]
    assert found["learning"]["folds"] == 3 and found["learning"]["random_forest"]["trees"] == 20
    assert found["random_sampling"]["draws"] == 100


def write_run(folder, climate, status=()):
    """Climate of the profiles of a run and, for those of another run, their posteriors."""
    for name in ("inputs", "assimilation"):
        (folder / name).mkdir(parents=True)
    with netCDF4.Dataset(folder / "inputs" / "site_covariates.nc", "w") as file:
        file.createDimension("profile", len(climate))
        file.createVariable("Climate", "i4", ("profile",))[:] = climate
    name = "site_posteriors" if len(status) else "observations"
    with netCDF4.Dataset(folder / "assimilation" / f"{name}.nc", "w") as file:
        file.structure = "clm45-10"
        file.createDimension("profile", len(climate))
        file.createDimension("draw", 3)
        names = np.array([f"{name}{i}" for i in range(len(climate))], dtype=object)
        file.createVariable("profile_id", str, ("profile",))[:] = names
        file.createVariable("row_size", "i4", ("profile",))[:] = np.arange(len(climate)) + 1
        if len(status):
            file.createVariable("status", "i4", ("profile",))[:] = status
            theta = file.createVariable("theta", "f8", ("profile", "draw"), fill_value=-1.0)
            theta[:] = np.arange(len(climate))[:, None] + [0.0, 0.2, 0.5]
            file.createVariable("level", "f8", ("draw",))[:] = [1.0, 1.5, 2.0]


def test_profiles_get_posteriors_of_their_climate_or_of_any(tmp_path, monkeypatch):
    source = tmp_path / "source"
    results = tmp_path / "results" / benchmark.DATASET
    failed = next(status for status in Status if status != Status.FITTED)
    status = np.full(5, Status.FITTED)
    status[2] = failed
    write_run(source, climate=[1, 2, 2, 2, 3], status=status)
    write_run(results, climate=[3, 2, 1, 9, 2])
    monkeypatch.setattr(benchmark, "PER_JOB", 2)
    monkeypatch.setattr(benchmark, "PER_FOLDER", 4)
    benchmark.write_posteriors(tmp_path, Namespace(posteriors=source, site_draws=2))
    files = sorted((results / "assimilation" / "jobs").rglob("*.nc"))
    assert len(files) == 3
    ids, sizes, origin = [], [], []
    for path in files:
        with netCDF4.Dataset(path) as file:
            assert file.structure == "clm45-10"
            ids += list(file["profile_id"][:])
            sizes += list(file["row_size"][:])
            theta = file["theta"][:].data
            assert file["theta"]._FillValue == -1 and list(file["level"][:]) == [1.0, 2.0]
            np.testing.assert_array_equal(theta[:, 1], theta[:, 0] + 0.5)
            origin += list(theta[:, 0].astype(int))
    assert ids == [f"observations{i}" for i in range(5)] and sizes == [1, 2, 3, 4, 5]
    assert origin[0] == 4 and origin[2] == 0  # the only ones of their climate
    assert {origin[1], origin[4]} <= {1, 3}  # those of climate 2 with a posterior
    assert origin[3] in {0, 1, 3, 4}  # of any climate
    before = [path.stat().st_mtime_ns for path in files]
    benchmark.write_posteriors(tmp_path, Namespace(posteriors=source, site_draws=2))
    assert [path.stat().st_mtime_ns for path in files] == before


@pytest.mark.parametrize(("wanted", "places"), [(3, [0, 2, 4]), (9, [0, 1, 2, 3, 4])])
def test_the_one_batch_posterior_is_copied_with_some_of_its_draws(tmp_path, wanted, places):
    source, target = tmp_path / "source", tmp_path / "results" / benchmark.DATASET
    for folder in (source, target):
        (folder / "assimilation").mkdir(parents=True)
    with netCDF4.Dataset(source / "assimilation" / "one_batch.nc", "w") as file:
        file.certified = 1
        file.createDimension("draw", 5)
        file.createDimension("parameter", 2)
        theta = np.arange(10.0).reshape(5, 2)
        file.createVariable("theta", "f8", ("draw", "parameter"))[:] = theta
        file.createVariable("mean", "f8", ("parameter",))[:] = [4.0, 5.0]
    options = Namespace(posteriors=source, one_batch_draws=wanted)
    benchmark.write_one_batch(tmp_path, options)
    with netCDF4.Dataset(target / "assimilation" / "one_batch.nc") as file:
        assert file.certified == 1 and list(file["mean"][:]) == [4.0, 5.0]
        np.testing.assert_array_equal(file["theta"][:], theta[places])
