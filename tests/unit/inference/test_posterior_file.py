"""Files of posteriors: layout, jobs that meet faulty profiles, and gathering them."""

import shutil

import netCDF4
import numpy as np
import pytest
from scipy.special import ndtr

from posterior_cases import OPTIONS, write_inputs
from proda.data.forcing import load_site_forcing
from proda.errors import InputError
from proda.inference.certificate import STOCKS, Certified
from proda.inference.flags import Flag
from proda.inference.gev import Status as GevStatus
from proda.inference.job import run_job, run_traces
from proda.inference.one_batch import run_one_batch
from proda.inference.posterior_file import (
    PROFILES_PER_CHUNK,
    VARIABLES,
    gather,
    transformed_means,
)
from proda.inference.site import Status
from site_cases import MODEL

N = 7
NAN_VALUE, ABSURD, NO_FORCING = 1, 3, 5
WINDOW = (0.0, 1.0)


def read(path):
    """Everything in a file but how it is compressed."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        variables = {
            name: (
                variable.dimensions,
                {key: np.array(variable.getncattr(key)).tolist() for key in variable.ncattrs()},
                variable[:],
            )
            for name, variable in file.variables.items()
        }
        return variables, {key: file.getncattr(key) for key in file.ncattrs()}


def assert_same(a, b):
    for name, (dimensions, attributes, values) in read(a)[0].items():
        others = read(b)[0][name]
        np.testing.assert_equal((dimensions, attributes), others[:2], err_msg=name)
        assert values.tobytes() == others[2].tobytes() or values.dtype == object, name
        if values.dtype == object:
            assert list(values) == list(others[2])
    assert read(a)[0].keys() == read(b)[0].keys()
    assert read(a)[1] == read(b)[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Seven profiles, three of them faulty, run in one job and in jobs of one, backwards."""
    folder = tmp_path_factory.mktemp("jobs")
    observations, forcing = write_inputs(folder, N)
    with netCDF4.Dataset(observations, "a") as file:
        ends = np.cumsum(file["row_size"][:])
        file["value"][ends[NAN_VALUE] - 1] = np.nan
        rows = slice(ends[ABSURD - 1], ends[ABSURD])
        for name in ("value", "sigma"):
            file[name][rows] = 1e6 * file[name][rows]
    with netCDF4.Dataset(forcing, "a") as file:
        file["soil_temperature"][NO_FORCING, 4] = np.nan
    whole = folder / "whole.nc"
    run_job(MODEL, observations, forcing, 0, 50, whole, OPTIONS, {"seed": 2020})
    singles = [folder / f"{i}.nc" for i in range(N)]
    for i in reversed(range(N)):
        run_job(MODEL, observations, forcing, i, 1, singles[i], OPTIONS, {"seed": 2020})
    assert gather([whole], folder / "gathered.nc", WINDOW, {"title": "t"}) == N
    assert gather(singles, folder / "gathered_singles.nc", WINDOW, {"title": "t"}) == N
    return folder


@pytest.fixture
def file(folder):
    with netCDF4.Dataset(folder / "gathered.nc") as file:
        yield file


# --- jobs ----------------------------------------------------------------------------------------


def test_jobs_of_one_in_any_order_are_bit_identical_to_one_job_of_all(folder):
    assert_same(folder / "gathered_singles.nc", folder / "gathered.nc")


def test_faulty_profiles_have_a_status_and_the_others_a_result(file):
    status = file["status"][:]
    expected = np.full(N, Status.FITTED)
    expected[NAN_VALUE], expected[NO_FORCING] = Status.INVALID_OBSERVATIONS, Status.INVALID_FORCING
    np.testing.assert_array_equal(status, expected)
    assert "finite values" in file["reason"][NAN_VALUE] and "nan" in file["reason"][NAN_VALUE]
    assert "soil_temperature[0, 4]" in file["reason"][NO_FORCING]
    assert set(file["reason"][status == Status.FITTED]) == {""}
    assert file["r2"][ABSURD] < 0.0 and file["flags"][ABSURD] & Flag.NEGATIVE_R2


def test_unfitted_profiles_are_missing_in_every_variable(file):
    for name in (*VARIABLES, "transformed_mean"):
        mask = np.ma.getmaskarray(np.ma.masked_invalid(file[name][:]))
        for i in (NAN_VALUE, NO_FORCING):
            assert mask[i].all(), name
        assert not mask[0].any(), name
    assert np.ma.getmaskarray(file["flags"][:]).nonzero()[0].tolist() == [NAN_VALUE, NO_FORCING]


def test_means_of_transformed_draws_are_transformed_back(file):
    """Of Phi(c + x), x symmetric, it is Phi(c), which is not the mean; bounds stay finite."""
    c, x = np.linspace(-1.5, 1.5, 5), np.array([-2.0, -0.7, 0.0, 0.7, 2.0])
    draws = np.repeat(ndtr(c + x[:, None])[None].astype("f4"), 2 * PROFILES_PER_CHUNK, axis=0)
    draws[1] = 1.0
    draws[2, :, 0] = 0.0, 1.0, 0.5, 1.0, 0.0
    draws[-1] = np.nan
    found = transformed_means(draws)
    np.testing.assert_allclose(found[[0, -2]], [ndtr(c)] * 2, atol=1e-6)
    assert np.abs(found[0] - draws[0].mean(axis=0)).max() > 0.03
    assert (found[1] < 1.0).all() and (found[1] > 0.9999).all()
    assert found[2, 0] == pytest.approx(0.5, abs=1e-12)
    assert np.isnan(found[-1]).all() and not np.isnan(found[:-1]).any()
    of_file = np.ma.filled(file["theta"][:], np.nan)
    np.testing.assert_array_equal(
        np.ma.filled(file["transformed_mean"][:], np.nan), transformed_means(of_file)
    )


def test_files_with_other_profiles_than_each_other_are_rejected(folder, tmp_path):
    observations, forcing = write_inputs(tmp_path, 3)
    with netCDF4.Dataset(forcing, "a") as file:
        file["profile_id"][2] = "other"
    message = r"forcing.nc, profile 2: expected 'P20', as in .*observations.nc, found 'other'"
    for first in (0, 2):
        with pytest.raises(InputError, match=message):
            run_job(MODEL, observations, forcing, first, 3, tmp_path / "out.nc", OPTIONS, {})
    with pytest.raises(InputError, match=message):
        run_one_batch(MODEL, observations, forcing, tmp_path / "out.nc", OPTIONS, {})
    (tmp_path / "fewer").mkdir()
    _, fewer = write_inputs(tmp_path / "fewer", 2)
    with pytest.raises(InputError, match=r"forcing.nc: expected the 3 profiles of .*, found 2"):
        run_job(MODEL, observations, fewer, 0, 3, tmp_path / "out.nc", OPTIONS, {})
    assert not (tmp_path / "out.nc").exists()


def test_traces_are_the_chains_the_draws_came_from(folder, file):
    inputs = folder / "observations.nc", folder / "forcing.nc"
    name, theta, burn_in = run_traces(MODEL, *inputs, 2, OPTIONS)
    assert burn_in == 0.5 and name == file["profile_id"][2] == "P20"
    assert theta.shape == (3, 400, len(MODEL.parameters))
    of_chain = theta[int(file["drawn_chain"][2]), 200:]
    np.testing.assert_array_equal(file["mean"][2], of_chain.mean(axis=0))
    np.testing.assert_array_equal(file["theta"][2, 0], of_chain[0].astype(np.float32))
    with pytest.raises(InputError, match=r"profile number: expected below 7, found 7"):
        run_traces(MODEL, folder / "observations.nc", folder / "forcing.nc", 7, OPTIONS)


# --- layout --------------------------------------------------------------------------------------


def test_the_layout_is_cf(file):
    assert file.Conventions == "CF-1.11"
    assert file.title == "t" and file.seed == 2020
    assert file["profile_id"].cf_role == "profile_id"
    assert list(file["parameter"][:]) == list(MODEL.parameters.names)
    for name, variable in file.variables.items():
        assert variable.long_name if name != "profile_id" else True
        wordless = variable.dtype is str or name in (
            "status",
            "flags",
            "gev_status",
            "row_size",
            "certified",
        )
        assert wordless or variable.units, name


@pytest.mark.parametrize(
    ("name", "attribute", "members"),
    [
        ("status", "flag_values", list(Status)),
        ("gev_status", "flag_values", list(GevStatus)),
        ("flags", "flag_masks", [flag for flag in Flag if flag]),
        ("certified", "flag_values", list(Certified)),
    ],
)
def test_codes_are_explained_in_the_type_of_their_variable(file, name, attribute, members):
    codes = file[name].getncattr(attribute)
    assert codes.dtype == file[name].dtype
    assert codes.tolist() == [int(member) for member in members]
    assert file[name].flag_meanings.split() == [member.name.lower() for member in members]
    assert file[name]._FillValue not in codes


def test_the_number_of_horizons_and_the_error_are_those_of_the_observations(folder, file):
    ends = np.cumsum(file["row_size"][:])
    with netCDF4.Dataset(folder / "observations.nc") as seen:
        np.testing.assert_array_equal(seen["row_size"][:], file["row_size"][:])
        rows = slice(ends[1], ends[2])
        operator, value = (np.asarray(seen[name][rows]) for name in ("operator", "value"))
    _, forcing = load_site_forcing(folder / "forcing.nc", 2, 1)
    theta = file["theta"][2].astype(float)
    physical = MODEL.physical(theta)
    soc = MODEL.soc(MODEL.steady_state_in(physical, MODEL.columns(forcing)))
    residual = (soc @ operator.T).mean(axis=0) - value
    assert file["rmse"][2] == pytest.approx(np.sqrt((residual**2).mean()), rel=1e-4)


# --- gathering -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["whole.nc", "gathered_singles.nc"])
def test_draws_are_stored_by_whole_profiles(folder, name):
    """Chunks of all profiles would be packed anew for every job that is gathered."""
    with netCDF4.Dataset(folder / name) as dataset:
        theta = dataset["theta"]
        assert theta.chunking() == [min(N, PROFILES_PER_CHUNK), *theta.shape[1:]]


def test_thresholds_change_flags_and_nothing_else(folder, tmp_path):
    def flags(window):
        gather([folder / "whole.nc"], tmp_path / "again.nc", window, {"title": "t"})
        variables, _ = read(tmp_path / "again.nc")
        for name, (*_, values) in read(folder / "gathered.nc")[0].items():
            if name != "flags" and values.dtype != object:
                assert values.tobytes() == variables[name][2].tobytes(), name
        values = variables["flags"][2]
        assert (values[[NAN_VALUE, NO_FORCING]] == 255).all()
        return np.delete(values, [NAN_VALUE, NO_FORCING])

    assert (flags((0.0, 0.0)) & Flag.HIGH_ACCEPTANCE).all()
    assert (flags((1.0, 1.0)) & Flag.LOW_ACCEPTANCE).all()
    assert not (flags(WINDOW) & (Flag.HIGH_ACCEPTANCE | Flag.LOW_ACCEPTANCE)).any()


def test_a_posterior_that_is_not_certified_is_flagged_and_names_what_failed(folder, file, tmp_path):
    fitted = np.flatnonzero(file["status"][:] == Status.FITTED)
    assert (file["certified"][fitted] == Certified.NOT_CERTIFIED).all()  # 200 draws are too few
    assert (file["flags"][fitted] & Flag.NOT_CERTIFIED).all()
    known = (*MODEL.parameters.names, *STOCKS)
    assert all(name in known for name in file["failed_quantity"][fitted])
    assert set(file["failed_quantity"][[NAN_VALUE, NO_FORCING]]) == {""}
    shutil.copy(folder / "whole.nc", tmp_path)
    with netCDF4.Dataset(tmp_path / "whole.nc", "a") as job:
        job["certified"][fitted[1]] = Certified.CERTIFIED
    gather([tmp_path / "whole.nc"], tmp_path / "out.nc", WINDOW, {})
    with netCDF4.Dataset(tmp_path / "out.nc") as out:
        doubted = (out["flags"][fitted] & Flag.NOT_CERTIFIED) != 0
        np.testing.assert_array_equal(doubted, np.arange(len(fitted)) != 1)


def test_a_job_of_an_earlier_version_is_named(folder, tmp_path):
    """It has no certificate: only a new fit gives one."""
    with (
        netCDF4.Dataset(folder / "whole.nc") as new,
        netCDF4.Dataset(tmp_path / "old.nc", "w") as old,
    ):
        for name, dimension in new.dimensions.items():
            old.createDimension(name, len(dimension))
        old.structure = new.structure
        for name, variable in new.variables.items():
            if name != "certified":
                old.createVariable(name, variable.dtype, variable.dimensions)[:] = variable[:]
    with pytest.raises(InputError, match=r"old\.nc: expected variables certified"):
        gather([tmp_path / "old.nc"], tmp_path / "out.nc", WINDOW, {})
    assert not (tmp_path / "out.nc").exists()


def test_nothing_to_gather(tmp_path):
    with pytest.raises(InputError, match="at least one profile to assimilate, found none"):
        gather([], tmp_path / "out.nc", WINDOW, {})
