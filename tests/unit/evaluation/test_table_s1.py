"""Table S1 and the means of parameter draws, from files whose content is known."""

import netCDF4
import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.parameter_means import cell_means, profile_means, site_estimates
from proda.evaluation.table_s1 import table_s1
from proda.inference.certification import Certification
from proda.parameters.draws import write_draws
from projection_files import (
    MODEL,
    cut_off,
    profile_ids,
    small_cells,
    write_one_batch,
    write_site_posteriors,
)

N, D = 10, len(MODEL.parameters)
FEASIBLE = np.full(D, 0.3)


def profiles(n=N):
    role = ["training"] * (n - 4) + ["test"] * 3 + [""]
    used = [True] * (n - 1) + [False]
    return pd.DataFrame(
        {"profile_id": profile_ids(n), "used": used, "role": role, "certified": np.arange(n) != 1}
    )


def write_sample(folder, sampling):
    """Draws of random sampling: 0.3 and 0.5 of every parameter but the input's fractions, 0.1."""
    theta = np.repeat([[0.3], [0.5]], D, axis=1)
    theta[:, MODEL.prior.fractions] = 0.1
    path = folder / f"{sampling}.nc"
    write_draws(path, MODEL, theta=theta, attributes={"sampling": sampling})
    return path


@pytest.fixture
def site_means():
    return np.random.default_rng(1).uniform(0.2, 0.8, (N, D))


@pytest.fixture
def table(tmp_path, site_means):
    modes = np.tile([[0.2], [0.6]], (N // 2, D))
    modes[0, 2] = np.nan
    posteriors = write_site_posteriors(
        tmp_path / "posteriors.nc",
        N,
        unused=(N - 1,),
        mean=site_means,
        standard_deviation=np.where(np.arange(N) < 5, 0.1, 0.3)[:, None],
        contraction=np.arange(N)[:, None] / 20 - 0.04,
        gelman_rubin=np.arange(N)[:, None] / 100 + 1,
        mode=modes,
    )
    batch = write_one_batch(tmp_path / "one_batch.nc")
    good, bad = site_means.copy(), 1 - site_means
    good[3] = np.nan  # no prediction at a training site
    learned = {
        "neural_network": np.where(np.arange(N)[:, None] < N - 4, good, bad),
        "random_forest": np.full((N, D), 0.5),
        "neural_network_blocks": bad,
    }
    pooled = {"one_batch": batch, "random_sampling": write_sample(tmp_path, "marginal")}
    table = table_s1(MODEL, posteriors, pooled, learned, profiles(), read_paper_values())
    return table.set_index("parameter")


def test_a_row_per_parameter_with_its_prior(table):
    assert list(table.index) == list(MODEL.parameters.names)
    row = table.loc["slow_soc_turnover_time"]
    assert row["code_name"] == "tau4s2" and row["unit"] == "yr" and row["minimum"] < row["maximum"]


def test_site_by_site_is_the_mean_of_the_used_profiles(table, site_means):
    mean = site_means[: N - 1].mean(axis=0)
    np.testing.assert_allclose(table["site_by_site_mean_theta"], mean)
    np.testing.assert_allclose(table["site_by_site_mean"], MODEL.parameters.to_physical(mean))
    variance = (5 * 0.01 + 4 * 0.09) / 9
    np.testing.assert_allclose(table["site_by_site_variance_theta"], variance)
    assert table.loc["q10", "site_by_site_variance_over_prior"] == pytest.approx(12 * variance)
    # The fractions of the input are not uniform: their sum stays below 1.
    assert table.loc["input_to_lignin", "site_by_site_variance_over_prior"] > 12.01 * variance
    np.testing.assert_allclose(table["site_by_site_gelman_rubin"], 1.04)
    np.testing.assert_allclose(table["site_by_site_rhat"], 1.0)


def test_contraction_and_certificates_of_sites_and_one_batch(table):
    # -0.04, 0.01, 0.06, 0.11 ... of the nine used profiles.
    np.testing.assert_allclose(table["site_by_site_contraction"], 0.16)
    np.testing.assert_allclose(table["site_by_site_informed"], 6 / 9)
    np.testing.assert_allclose(table["site_by_site_certified"], 8 / 9)
    np.testing.assert_allclose(table["one_batch_contraction"], 1 - 0.1 * np.sqrt(12))
    assert (table["one_batch_certified"] == 1).all()


def test_a_one_batch_posterior_without_certificate_is_marked_and_an_old_one_named(tmp_path):
    posteriors = write_site_posteriors(tmp_path / "posteriors.nc", N)
    batch = write_one_batch(tmp_path / "one_batch.nc", Certification(False, "q10: R-hat 1.2"))
    pooled = {"one_batch": batch}
    found = table_s1(MODEL, posteriors, pooled, {}, profiles(), read_paper_values())
    assert (found["one_batch_certified"] == 0).all()
    with netCDF4.Dataset(batch, "a") as file:
        del file.certified, file.certificate
    message = r"one_batch.nc: expected posteriors with the attributes certified and certificate"
    with pytest.raises(InputError, match=message):
        table_s1(MODEL, posteriors, pooled, {}, profiles(), read_paper_values())


def test_one_batch_and_the_modes_behind_random_sampling(table):
    spread = MODEL.parameters.maximum - MODEL.parameters.minimum
    np.testing.assert_allclose(table["one_batch_mean_theta"], 0.4)
    np.testing.assert_allclose(table["one_batch_sd"], 0.1 * spread)
    np.testing.assert_allclose(table["one_batch_variance_theta"], 0.01)
    np.testing.assert_allclose(table["one_batch_rhat"], 1.02)
    # Five modes of 0.2 and four of 0.6; one of 0.2 is not known for the third parameter.
    assert table["random_sampling_sites"].tolist() == [9, 9, 8] + [9] * (D - 3)
    assert table["random_sampling_mean_theta"].iloc[0] == pytest.approx((5 * 0.2 + 4 * 0.6) / 9)
    assert table["random_sampling_mean_theta"].iloc[2] == pytest.approx(0.4)
    assert table["random_sampling_sd_theta"].iloc[2] == pytest.approx(0.2)
    np.testing.assert_allclose(
        table["random_sampling_sd"], table["random_sampling_sd_theta"] * spread
    )


def test_random_sampling_of_posteriors_is_described_by_its_draws(tmp_path):
    posteriors = write_site_posteriors(tmp_path / "posteriors.nc", N)
    pooled = {"random_sampling": write_sample(tmp_path, "posterior")}
    table = table_s1(MODEL, posteriors, pooled, {}, profiles(), read_paper_values())
    table = table.set_index("parameter")
    assert table.loc["q10", "random_sampling_mean_theta"] == pytest.approx(0.4)
    assert table.loc["q10", "random_sampling_sd_theta"] == pytest.approx(0.1)
    assert "random_sampling_sites" not in table


def test_correlations_of_a_learner_by_set(table):
    np.testing.assert_allclose(table["neural_network_r_training"], 1.0)
    np.testing.assert_allclose(table["neural_network_r_held_out"], -1.0)
    np.testing.assert_allclose(table["neural_network_r_cross_validation"], -1.0)
    assert table["random_forest_r_training"].isna().all()
    assert "random_forest_r_cross_validation" not in table


def test_methods_that_are_not_of_the_run_have_no_columns(tmp_path, table):
    posteriors = write_site_posteriors(tmp_path / "posteriors.nc", N)
    found = table_s1(MODEL, posteriors, {}, {}, profiles(), read_paper_values())
    absent = ("one_batch_", "random_sampling_", "neural_network_", "random_forest_")
    wanted = [name for name in table.reset_index() if not name.startswith(absent)]
    assert list(found) == wanted and "site_by_site_mean" in wanted


def test_a_pooled_method_without_a_posterior_is_described_by_its_draws(tmp_path):
    posteriors = write_site_posteriors(tmp_path / "posteriors.nc", N)
    write_draws(tmp_path / "fixed.nc", MODEL, theta=np.array([FEASIBLE, FEASIBLE / 3]))
    pooled = {"fixed": tmp_path / "fixed.nc"}
    found = table_s1(MODEL, posteriors, pooled, {}, profiles(), read_paper_values())
    assert [name for name in found if name.startswith("fixed_")] == [
        "fixed_mean", "fixed_sd", "fixed_mean_theta", "fixed_sd_theta",
    ]  # fmt: skip
    np.testing.assert_allclose(found["fixed_mean_theta"], 0.2)
    np.testing.assert_allclose(found["fixed_sd_theta"], 0.1)


def test_a_one_batch_posterior_that_is_cut_off_is_named(tmp_path):
    posteriors = write_site_posteriors(tmp_path / "posteriors.nc", N)
    batch = cut_off(write_one_batch(tmp_path / "one_batch.nc"))
    with pytest.raises(InputError, match=r"one_batch.nc: expected a whole netCDF file"):
        table_s1(MODEL, posteriors, {"one_batch": batch}, {}, profiles(), read_paper_values())


def test_the_bounds_of_the_papers_text_have_a_column(table):
    bounds = table.set_index("code_name")["paper_site_by_site_variance"]
    assert bounds["tau4l2l3"] == bounds["tau4l1"] == bounds["fs2s1"] == "> 0.06"
    assert bounds["tau4s2"] == bounds["tau4s3"] == bounds["efolding"] == "<= 0.04"
    assert (bounds == "").sum() == D - 6


def test_means_of_draws_at_profiles_and_on_cells(tmp_path):
    rng = np.random.default_rng(2)
    cells = small_cells()
    draws = rng.uniform(0, 0.3, (4, N, D))
    draws[:, 2] = np.nan
    on_cells = rng.uniform(0, 0.3, (4, len(cells), D))
    path = tmp_path / "neural_network.nc"
    write_draws(
        path, MODEL, theta_profile=draws, theta_cell=on_cells, profile_ids=profile_ids(N),
        cells=cells,
    )  # fmt: skip
    np.testing.assert_allclose(profile_means(path, MODEL, list(profile_ids(N))), draws.mean(axis=0))
    np.testing.assert_allclose(cell_means(path, MODEL, cells), on_cells.mean(axis=0))
    with pytest.raises(InputError, match=r"neural_network.nc, profile 0: expected 'P1'"):
        profile_means(path, MODEL, [f"P{i + 1}" for i in range(N)])
    same = tmp_path / "one_batch.nc"
    write_draws(same, MODEL, theta=np.array([FEASIBLE, FEASIBLE / 3]))
    np.testing.assert_allclose(profile_means(same, MODEL, list("abc")), np.full((3, D), 0.2))
    np.testing.assert_allclose(cell_means(same, MODEL, cells), np.full((len(cells), D), 0.2))
    alone = tmp_path / "blocks.nc"
    write_draws(alone, MODEL, theta_profile=draws, profile_ids=profile_ids(N))
    assert cell_means(alone, MODEL, cells) is None


def test_many_profiles_are_read_in_parts(tmp_path):
    n = 1203
    draws = np.random.default_rng(3).uniform(0, 0.3, (2, n, D))
    path = tmp_path / "random_forest.nc"
    write_draws(path, MODEL, theta_profile=draws, profile_ids=profile_ids(n))
    np.testing.assert_allclose(profile_means(path, MODEL, list(profile_ids(n))), draws.mean(axis=0))


def test_estimates_of_other_profiles_are_refused(tmp_path):
    path = write_site_posteriors(tmp_path / "posteriors.nc", 3)
    with pytest.raises(InputError, match=r"posteriors.nc: expected the 2 profiles .*3 profiles"):
        site_estimates(path, ["P0", "P1"], "mean", [True, True])
    found = site_estimates(path, ["P0", "P1", "P2"], "mean", [True, False, True])
    assert np.isnan(found).all(axis=1).tolist() == [False, True, False]
