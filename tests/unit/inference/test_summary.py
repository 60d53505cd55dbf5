"""The table of all profiles and the ledger of the assimilation, from a file made by hand."""

import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posterior_cases import write_inputs
from proda.errors import InputError
from proda.figures.convergence import draw_convergence
from proda.figures.style import save
from proda.inference.certificate import STOCKS, Thresholds
from proda.inference.certificate_table import certificate_table
from proda.inference.flags import Flag
from proda.inference.observations_file import require_profiles
from proda.inference.site import Status
from proda.inference.summary import (
    profile_summary,
    require_used,
    summary_ledger,
    used_profiles,
)

NAMES = [flag.name.lower() for flag in Flag if flag]
STATUS = [Status.FITTED, Status.FITTED, Status.FAILED, Status.FITTED, Status.INVALID_FORCING]
FLAGS = [0, 8, 255, 8 + 4, 255]


def write(path, status, flags):
    """A file of site posteriors with what the summary reads; two parameters, three chains."""
    n = len(status)
    fitted = np.array(status) == Status.FITTED
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("profile", n), ("parameter", 2), ("chain", 3)):
            file.createDimension(name, size)
        for name in ("profile_id", "reason"):
            text = [f"P{i}" if name == "profile_id" else "" for i in range(n)]
            file.createVariable(name, str, ("profile",))[:] = np.array(text, dtype=object)
        file.createVariable("status", "i1", ("profile",))[:] = status
        file.createVariable("flags", "u1", ("profile",), fill_value=255)[:] = flags
        file.createVariable("row_size", "i4", ("profile",))[:] = np.arange(n) + 2

        def put(name, axis, values):
            axes = ("profile", axis) if axis else ("profile",)
            variable = file.createVariable(name, "f8", axes, fill_value=np.nan)
            variable[:] = np.where(fitted.reshape((-1,) + (1,) * bool(axis)), values, np.nan)

        place = np.arange(n)[:, None] / 10
        for name, values in (("gelman_rubin", [1.0, 1.2]),):
            put(name, "parameter", place + values)
        for name, value in (
            ("certified", 0.0),
            ("max_rhat", 1.3),
            ("min_ess_bulk", 50.0),
            ("min_ess_tail", 60.0),
            ("max_mcse", 0.1),
            ("draws_per_chain", 500.0),
            ("rounds", 2.0),
            ("divergences", 3.0),
        ):
            put(name, None, value + place[:, 0] * (name != "certified"))
        failed = np.array(["q10" if one else "" for one in fitted], dtype=object)
        file.createVariable("failed_quantity", str, ("profile",))[:] = failed
        put("acceptance", "chain", place + np.array([0.2, 0.1, 0.3]))
        put("r2", None, np.linspace(1.0, -1.0, n))
        put("rmse", None, np.full(n, 5.0))
    return path


@pytest.fixture
def table(tmp_path):
    return profile_summary(write(tmp_path / "posteriors.nc", STATUS, FLAGS))


def test_every_profile_has_a_row_with_its_worst_values(table):
    assert list(table["profile_id"]) == [f"P{i}" for i in range(5)]
    assert list(table["status"]) == ["fitted", "fitted", "failed", "fitted", "invalid_forcing"]
    assert list(table["n_horizons"]) == [2, 3, 4, 5, 6]
    row = table.loc[1]
    worst = [1.3, 1.4, 50.1, 60.1, 0.2, 500.1, 0.2, 0.4]
    columns = ["max_gelman_rubin", "max_rhat", "min_ess_bulk", "min_ess_tail", "max_mcse",
               "draws_per_chain", "min_acceptance", "max_acceptance"]  # fmt: skip
    assert row["certified"] == 0 and row["failed_quantity"] == "q10"
    assert list(table["failed_quantity"]) == ["q10", "q10", "", "q10", ""]
    np.testing.assert_allclose(row[columns].astype(float), worst)
    assert table.loc[[2, 4], [*columns, "r2", "rmse_g_m3"]].isna().all(axis=None)


def test_flags_are_columns_and_unfitted_profiles_have_none(table):
    assert list(table["negative_r2"]) == [0, 1, 0, 1, 0]
    assert list(table["not_certified"]) == [0, 0, 0, 1, 0]
    assert not table[["low_acceptance", "high_acceptance"]].any(axis=None)


@pytest.mark.parametrize(
    ("rejected", "used"),
    [
        ([], [1, 1, 0, 1, 0]),
        (["negative_r2"], [1, 0, 0, 0, 0]),
        (["not_certified"], [1, 1, 0, 0, 0]),
    ],
)
def test_later_stages_use_fitted_profiles_without_the_named_flags(table, rejected, used):
    np.testing.assert_array_equal(used_profiles(table, rejected), np.array(used, bool))


def test_the_ledger_counts_a_profile_once_and_names_what_is_doubtful_about_the_used(table):
    counts = summary_ledger(table, ["not_certified", "negative_r2"]).set_index("outcome")
    assert counts["profiles"].to_dict() == {
        "profiles": 5,
        "not fitted: invalid_observations": 0,
        "not fitted: invalid_forcing": 1,
        "not fitted: no_starting_point": 0,
        "not fitted: failed": 1,
        "excluded: not_certified": 1,
        "excluded: negative_r2": 1,
        "used": 1,
        "of the used, flagged: low_acceptance": 0,
        "of the used, flagged: high_acceptance": 0,
    }
    assert counts.loc["used", "fraction"] == 0.2
    kept = summary_ledger(table, []).set_index("outcome")["profiles"]
    assert kept["used"] == 3 and kept["of the used, flagged: negative_r2"] == 2


@given(
    profiles=st.lists(st.tuples(st.sampled_from(Status), st.integers(0, 15)), min_size=1),
    rejected=st.lists(st.sampled_from(NAMES), unique=True),
)
@settings(max_examples=30)
def test_counts_add_up_for_any_outcomes_of_the_profiles(profiles, rejected, tmp_path_factory):
    path = tmp_path_factory.mktemp("summary") / "posteriors.nc"
    status, flags = zip(*profiles, strict=True)
    table = profile_summary(write(path, status, flags))
    ledger = summary_ledger(table, rejected).set_index("outcome")["profiles"]
    parts = [name for name in ledger.index if name.startswith(("not fitted", "excluded", "used"))]
    assert ledger[parts].sum() == ledger["profiles"] == len(profiles)
    assert ledger["used"] == used_profiles(table, rejected).sum()


# --- none is left --------------------------------------------------------------------------------


def test_without_a_used_profile_the_error_is_the_ledger(tmp_path):
    status = [Status.FAILED, Status.FAILED, Status.INVALID_FORCING, Status.FITTED, Status.FITTED]
    table = profile_summary(write(tmp_path / "posteriors.nc", status, [255, 255, 255, 8, 4]))
    table.loc[:1, "reason"] = "no steady state"
    require_used("posteriors.nc", table, ["negative_r2"])
    with pytest.raises(InputError) as error:
        require_used("posteriors.nc", table, ["negative_r2", "not_certified"])
    message = str(error.value)
    assert message.startswith(
        "posteriors.nc: expected at least one profile that was fitted and not excluded, found none "
        "of 5: not fitted: invalid_forcing 1, not fitted: failed 2, excluded: negative_r2 1, "
        "excluded: not_certified 1; most often because of: no steady state (2)"
    )
    assert "tables/assimilation_profiles.csv" in message


def test_used_profiles_must_be_certified_where_the_configuration_says_so(table):
    require_used("posteriors.nc", table, ["negative_r2"])
    with pytest.raises(InputError) as error:
        require_used("posteriors.nc", table, [], certified=True)
    message = str(error.value)
    assert "certified posteriors of all used profiles (assimilation.require_certified)" in message
    assert (
        "3 of 3 posteriors of profiles are not certified: P0 (q10), P1 (q10), P3 (q10)" in message
    )
    assert "exclude_flags: [not_certified]" in message
    table.loc[[0, 1], "certified"] = 1.0
    require_used("posteriors.nc", table, ["not_certified"], certified=True)


def test_certificates_are_counted_by_quantity(tmp_path):
    status = [Status.FITTED] * 3 + [Status.FAILED]
    path = write(tmp_path / "posteriors.nc", status, [0, 4, 4, 255])
    with netCDF4.Dataset(path, "a") as file:
        file.createVariable("parameter", str, ("parameter",))[:] = np.array(["a", "q10"], object)
        file.createDimension("stock", 3)
        rhat = np.array([[1.0, 1.0], [1.0, 1.2], [1.0, 1.3], [np.nan, np.nan]])
        stocks = np.tile([1.001, np.nan, 1.5], (4, 1))
        for name, by_parameter, by_stock in (
            ("rhat", rhat, stocks),
            ("ess_bulk", 500.0, 500.0),
            ("ess_tail", np.where(rhat > 1.2, 90.0, 600.0), 450.0),
            ("mcse", 0.04, 0.03),
        ):
            axes = ("profile", "parameter"), ("profile", "stock")
            file.createVariable(name, "f8", axes[0])[:] = by_parameter
            file.createVariable(f"stock_{name}", "f8", axes[1])[:] = by_stock
        file.createVariable("contraction", "f8", axes[0])[:] = [0.2, 0.6]
        file["certified"][0] = 1.0
    table = certificate_table(path, Thresholds()).set_index("quantity")
    assert list(table.index) == ["all", "a", "q10", *STOCKS]
    assert table["fraction_held"].tolist()[:3] == pytest.approx([1 / 3, 1.0, 1 / 3])
    row = table.loc["q10"]
    assert (row["median_rhat"], row["max_rhat"]) == pytest.approx((1.2, 1.3))
    assert (row["median_ess_tail"], row["min_ess_tail"]) == (600.0, 90.0)
    assert (row["named"], row["profiles"], row["median_contraction"]) == (3, 3, 0.6)
    assert table["named"]["all"] == 2 and table["max_mcse"]["a"] == 0.04
    # A stock that is the same in all draws has no statistics and holds.
    assert table["profiles"][STOCKS[1]] == 0 and np.isnan(table["fraction_held"][STOCKS[1]])
    assert table["fraction_held"][STOCKS[2]] == 0.0


def test_without_a_fitted_profile_the_figure_is_drawn_and_says_so(tmp_path):
    """A logarithmic axis without data stopped the run before its ledger was written."""
    status = [Status.FAILED, Status.NO_STARTING_POINT]
    table = profile_summary(write(tmp_path / "posteriors.nc", status, [255, 255]))
    figure = draw_convergence(table, [0.15, 0.5], Thresholds())
    assert [axis.texts[0].get_text() for axis in figure.axes] == ["no fitted profile"] * 6
    assert figure.get_suptitle() == "0 of 0 fitted profiles are certified"
    save(figure, [tmp_path / "convergence.png", tmp_path / "convergence.pdf"])
    ledger = summary_ledger(table, ["negative_r2"]).set_index("outcome")["profiles"]
    assert ledger["used"] == 0 and ledger["not fitted: failed"] == 1


def test_the_figure_shows_every_fitted_profile_and_how_many_are_certified(table):
    table.loc[0, "certified"] = 1.0
    figure = draw_convergence(table, [0.15, 0.5], Thresholds(rhat=1.02, ess=300))
    assert figure.get_suptitle() == "1 of 3 fitted profiles are certified (33.3%)"
    curve, mark = figure.axes[0].lines
    # Beyond 1.1 at the edge of the panel.
    shown = np.sort(table["max_rhat"].dropna().clip(upper=1.1))
    np.testing.assert_allclose(curve.get_xdata(), shown)
    np.testing.assert_allclose(curve.get_ydata(), [1 / 3, 2 / 3, 1])
    assert mark.get_xdata()[0] == 1.02
    bulk, tail, mark = figure.axes[1].lines
    assert bulk.get_label() == "bulk" and tail.get_label() == "tail"
    assert mark.get_xdata()[0] == 300
    marks = [line.get_xdata()[0] for line in figure.axes[4].lines[2:]]
    assert marks == [0.15, 0.5]
    # Where no window is set there is none to draw.
    without = draw_convergence(table, [0.0, 1.0], Thresholds())
    assert len(without.axes[4].lines) == 2


def test_too_few_profiles_to_learn_from_are_counted_before_they_are_fitted(tmp_path):
    write_inputs(tmp_path, 3)
    path = tmp_path / "observations.nc"
    require_profiles(path, 3, ["forest"])
    with pytest.raises(InputError) as error:
        require_profiles(path, 4, ["network", "forest"])
    message = str(error.value)
    assert "profiles: expected at least 4 accepted profiles to learn from, found 3" in message
    assert "leave network, forest out of methods" in message
