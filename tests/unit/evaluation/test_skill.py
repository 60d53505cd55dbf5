"""Skill scores against values computed by hand, and intervals that draw whole profiles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proda.errors import InputError
from proda.evaluation.skill import SCORES, Resamples, median_ratio, skill, skill_intervals

OBSERVED = [1.0, 2.0, 3.0, 6.0]
MODELLED = [2.0, 2.0, 5.0, 5.0]


def test_scores_by_hand():
    # Means 3 and 3.5; sums of squares about them 14 and 9; sum of products 10; errors 1 0 2 -1.
    found = skill(OBSERVED, MODELLED)
    assert found.n == 4 and found.reason == ""
    assert found.r == pytest.approx(9 / np.sqrt(14 * 9))
    assert found.r2 == pytest.approx(81 / 126)
    assert found.r2_one_to_one == pytest.approx(1 - 6 / 14)
    assert found.rmse == pytest.approx(np.sqrt(6 / 4))
    assert found.bias == pytest.approx(0.5)


def test_a_perfect_model_and_a_biased_one_of_the_right_shape():
    perfect = skill(OBSERVED, OBSERVED)
    assert [getattr(perfect, name) for name in SCORES] == pytest.approx([1, 1, 1, 0, 0])
    biased = skill(OBSERVED, [10 + 3 * value for value in OBSERVED])
    # The squared correlation does not see what the 1:1 line shows: worse than the mean.
    assert biased.r2 == pytest.approx(1.0) and biased.r2_one_to_one < -1
    assert biased.bias == pytest.approx(16.0)


def test_the_mean_explains_nothing_and_an_inverse_relation_has_no_negative_r2():
    assert skill(OBSERVED, [3.0] * 4).r2_one_to_one == pytest.approx(0.0)
    inverse = skill([1, 2, 3], [3, 2, 1])
    assert inverse.r == pytest.approx(-1) and inverse.r2 == pytest.approx(1)
    assert inverse.r2_one_to_one == pytest.approx(1 - 8 / 2)


@pytest.mark.parametrize("observed", [[], [4.0]])
def test_fewer_than_two_pairs_have_no_score(observed):
    found = skill(observed, observed)
    assert found.n == len(observed) and found.reason == "fewer than 2 pairs"
    assert np.isnan([getattr(found, name) for name in SCORES]).all()


def test_without_variance_there_is_no_correlation_and_the_reason_is_given():
    flat = skill(OBSERVED, [0.1, 0.1, 0.1, 0.1])
    assert flat.reason == "no variance of the modelled values"
    assert np.isnan([flat.r, flat.r2]).all()
    assert flat.bias == pytest.approx(-2.9) and flat.r2_one_to_one < 0
    same = skill([0.1] * 7, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    assert same.reason == "no variance of the observed values"
    assert np.isnan([same.r, same.r2, same.r2_one_to_one]).all()
    assert same.rmse == pytest.approx(np.sqrt(0.91 / 7))
    assert skill([5, 5], [7, 7]).reason == "no variance of the observed and modelled values"


def test_large_numbers_with_a_small_spread_keep_their_digits():
    base = 1e7
    found = skill(base + np.array(OBSERVED), base + np.array(MODELLED))
    assert found.r == pytest.approx(9 / np.sqrt(126), rel=1e-6)
    assert found.r2_one_to_one == pytest.approx(8 / 14, rel=1e-6)


@pytest.mark.parametrize(
    ("observed", "modelled", "message"),
    [
        ([1.0, 2.0], [1.0], r"modelled: expected shape \(2,\), found shape \(1,\)"),
        ([1.0, np.nan], [1.0, 2.0], r"observed\[1\]: expected finite values, found nan"),
        ([1.0, 2.0], [np.inf, 2.0], r"modelled\[0\]: expected finite values, found inf"),
    ],
)
def test_pairs_must_be_pairs_of_numbers(observed, modelled, message):
    with pytest.raises(InputError, match=message):
        skill(observed, modelled)


@given(st.lists(st.tuples(st.integers(0, 5), *[st.floats(0, 300)] * 2), min_size=3, max_size=40))
def test_a_resample_is_the_skill_of_the_drawn_profiles(rows):
    profile, observed, modelled = (np.array(column) for column in zip(*rows, strict=True))
    if np.unique(profile).size < 2 or np.ptp(observed) < 1 or np.ptp(modelled) < 1:
        return
    resamples = Resamples(6, seed=3, resamples=1)
    (counts,) = next(resamples.counts())
    drawn = np.repeat(np.arange(len(profile)), counts[profile].astype(int))
    if drawn.size < 2 or np.ptp(observed[drawn]) < 1 or np.ptp(modelled[drawn]) < 1:
        return
    expected = skill(observed[drawn], modelled[drawn])
    found = skill_intervals(profile, observed, modelled, resamples)
    for name in SCORES:
        assert found[name][0] == found[name][1]
        assert found[name][0] == pytest.approx(getattr(expected, name), rel=1e-6, abs=1e-6)


def test_intervals_depend_on_the_number_of_profiles_not_of_horizons():
    rng = np.random.default_rng(1)
    n, horizons = 200, 20
    truth = rng.normal(size=n)
    error = rng.normal(0.0, 0.5, size=n)  # shared by all horizons of a profile
    profile = np.repeat(np.arange(n), horizons)
    observed, modelled = truth[profile], (truth + error)[profile]
    low, high = skill_intervals(profile, observed, modelled, Resamples(n, seed=1))["bias"]
    assert (high - low) == pytest.approx(2 * 1.96 * error.std() / np.sqrt(n), rel=0.1)
    alone = Resamples(n * horizons, seed=1, resamples=200)
    low, high = skill_intervals(np.arange(n * horizons), observed, modelled, alone)["bias"]
    expected = 2 * 1.96 * error.std() / np.sqrt(n * horizons)
    assert (high - low) == pytest.approx(expected, rel=0.15)


def test_intervals_have_their_nominal_coverage():
    rng = np.random.default_rng(5)
    inside = 0
    for trial in range(120):
        observed = rng.normal(size=60)
        modelled = observed + rng.normal(size=60)
        low, high = skill_intervals(
            np.arange(60), observed, modelled, Resamples(60, trial, resamples=200)
        )["r"]
        inside += low <= np.sqrt(0.5) <= high
    assert 0.88 <= inside / 120 <= 0.99


def test_columns_share_the_resamples_and_equal_them_one_by_one():
    rng = np.random.default_rng(2)
    profile = np.sort(rng.integers(0, 30, 100))
    observed, modelled = rng.random(100), rng.random((100, 3))
    resamples = Resamples(30, seed=4, resamples=150)
    together = skill_intervals(profile, observed, modelled, resamples)
    for k in range(3):
        alone = skill_intervals(profile, observed, modelled[:, k], resamples)
        for name in SCORES:
            np.testing.assert_allclose([end[k] for end in together[name]], alone[name], rtol=1e-9)
    assert skill_intervals(profile, observed, modelled[:, 0], resamples) == skill_intervals(
        profile, observed, modelled[:, 0], Resamples(30, seed=4, resamples=150)
    )
    other = skill_intervals(profile, observed, modelled[:, 0], Resamples(30, 5, 150))
    assert other["r2"] != alone["r2"]


def test_one_profile_has_no_interval_and_a_constant_model_none_for_its_correlation():
    resamples = Resamples(3, seed=1, resamples=50)
    found = skill_intervals([1, 1, 1], [1.0, 2.0, 3.0], [2.0, 2.0, 4.0], resamples)
    assert np.isnan([found[name] for name in SCORES]).all()
    profile, observed = np.arange(50), np.linspace(0, 1, 50)
    flat = skill_intervals(profile, observed, np.full(50, 0.3), Resamples(50, 1, 50))
    assert np.isnan([flat["r"], flat["r2"]]).all()
    assert np.isfinite([flat["rmse"], flat["r2_one_to_one"], flat["bias"]]).all()


def test_resampling_refuses_profiles_out_of_range():
    with pytest.raises(InputError, match=r"profile: expected indices below 2, found 0 to 2"):
        skill_intervals([0, 2], [1.0, 2.0], [1.0, 2.0], Resamples(2, 1))
    with pytest.raises(InputError, match=r"profile: expected shape \(2,\), found shape \(1,\)"):
        skill_intervals([0], [1.0, 2.0], [1.0, 2.0], Resamples(2, 1))
    with pytest.raises(InputError, match="resamples: expected at least 1, found 0"):
        Resamples(2, 1, 0)


# --- median ratio --------------------------------------------------------------------------------


def test_the_median_ratio_by_hand():
    profile = np.array([0, 0, 1, 2, 2])
    # Ratios 2, 1 (0 of 0), 0.5, infinite (1 of 0), 3: median 2.
    found = median_ratio(profile, [1, 0, 4, 0, 1], [2, 0, 2, 1, 3])
    assert found[0] == 2.0
    # Profiles have 0 - 1/2, -1/2 and 1/2 + 1/2 above the median: a standard error of
    # sqrt((1/4 + 1/4 + 1) 3/2) / 5 = 0.3, and an interval beyond all ratios.
    assert np.isnan(found[1:]).all()
    low, high = median_ratio(profile, [1, 0, 4, 0, 1], [2, 0, 2, 1, 3], level=0.5)[1:]
    # At 1/2 -+ 0.6745 x 0.3: the lower and the higher neighbour of places 1.19 and 2.81 of 0 to 4.
    assert (low, high) == (1.0, 3.0)
    assert median_ratio(profile[:1], [2.0], [3.0])[0] == 1.5
    assert np.isnan(median_ratio(profile[:1], [2.0], [3.0])[1:]).all()
    assert np.isnan(median_ratio(profile[:0], [], [])).all()
    # Three of five ratios are infinite, and so is their median.
    infinite = median_ratio(profile, [0, 0, 0, 1, 1], [1, 1, 1, 1, 1])
    assert np.isinf(infinite[0])
    assert np.isnan(infinite[1:]).all()


@pytest.mark.parametrize("shared", [0.0, 0.6])
def test_intervals_of_the_median_ratio_hold_the_truth(shared):
    """Also where the horizons of a profile deviate together."""
    rng, held, runs = np.random.default_rng(5), 0, 400
    profile = np.repeat(np.arange(60), 5)
    for _ in range(runs):
        z = (
            rng.normal(size=300) * np.sqrt(1 - shared)
            + np.sqrt(shared) * rng.normal(size=60)[profile]
        )
        _, low, high = median_ratio(profile, np.full(300, 2.0), 2.0 * 1.2 * np.exp(0.5 * z))
        held += low <= 1.2 <= high
    assert held / runs == pytest.approx(0.95, abs=0.03)


def test_the_interval_of_the_median_ratio_is_that_of_resampled_profiles():
    rng = np.random.default_rng(6)
    profile = np.repeat(np.arange(200), rng.integers(1, 9, 200))
    ratio = np.exp(rng.normal(size=200)[profile] + 0.5 * rng.normal(size=len(profile)))
    _, low, high = median_ratio(profile, np.ones(len(profile)), ratio)
    rows = [np.flatnonzero(profile == i) for i in range(200)]
    drawn = [
        np.median(ratio[np.concatenate([rows[i] for i in rng.integers(200, size=200)])])
        for _ in range(1000)
    ]
    expected = np.log(np.quantile(drawn, [0.025, 0.975]))
    np.testing.assert_allclose(np.log([low, high]), expected, atol=0.06)
