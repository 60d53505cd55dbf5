import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from map_cases import small_map, texts
from proda.errors import InputError
from proda.evaluation.skill import skill
from proda.figures.figure_2 import deviation_limits, draw_figure_2

SHOWN = ("default", "one_batch", "random_sampling", "neural_network", "site_by_site")
COLUMNS = (*SHOWN, "random_forest", "neural_network_blocks", "random_forest_blocks")


def pairs(n=12, seed=1):
    """Tables of n profiles with 4 horizons of 0.25 m; every method errs by its own factor."""
    rng = np.random.default_rng(seed)
    horizons = pd.DataFrame(
        {
            "profile": np.repeat(np.arange(n), 4),
            "depth_m": np.tile([0.125, 0.375, 0.625, 0.875], n),
            "thickness_m": 0.25,
            "observed": rng.lognormal(2, 0.8, 4 * n),
        }
    )
    for k, name in enumerate(COLUMNS):
        horizons[name] = horizons["observed"] * rng.lognormal(0.1 * k, 0.3, 4 * n)
    profiles = pd.DataFrame(
        {
            "profile_id": [f"p{k}" for k in range(n)],
            "longitude": rng.uniform(8, 14, n),
            "latitude": rng.uniform(44, 47, n),
            "used": np.arange(n) != 1,
            "certified": True,
        }
    )
    return horizons, profiles


def storage(horizons, profiles):
    """Add the storage of the profiles."""
    for name in ("observed", *COLUMNS):
        mass = horizons[name] * horizons["thickness_m"]
        profiles[f"{name}_kg_m2"] = np.bincount(horizons["profile"], mass, len(profiles))
    return horizons, profiles


@pytest.fixture
def chart():
    yield small_map()
    plt.close("all")


def images(figure):
    """Counts of the density panels, in order."""
    panels = [axis for axis in figure.axes if axis.get_ylabel().startswith("modelled")]
    return [panel.collections[0].get_array() for panel in panels]


def test_limits_are_quantiles_of_either_side():
    below, above = -np.arange(0.0, 101.0), 10 * np.arange(0.0, 101.0)
    low, high = deviation_limits(np.concatenate([below, above]))
    # Of 1..100 and of 10..1000; zeros are on neither side.
    assert low == pytest.approx(-95.05)
    assert high == pytest.approx(950.5)


def test_a_side_without_deviations_has_the_length_of_the_other():
    assert deviation_limits(np.array([2.0, 2.0])) == (-2.0, 2.0)
    assert deviation_limits(np.array([-3.0])) == (-3.0, 3.0)
    assert deviation_limits(np.zeros(3)) == deviation_limits(np.array([])) == (-1.0, 1.0)


@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), max_size=30))
def test_limits_lie_on_either_side_and_within_the_deviations(deviations):
    values = np.array(deviations)
    low, high = deviation_limits(values)
    assert low < 0 < high
    if (values < 0).any() and (values > 0).any():
        assert values.min() <= low and high <= values.max()


def test_every_horizon_shown_is_in_a_bin_and_scores_are_those_of_the_pairs_shown(chart):
    horizons, profiles = storage(*pairs())
    figure = draw_figure_2(chart, horizons, profiles, SHOWN)
    shown = horizons[horizons["profile"] != 1]
    counts = images(figure)
    assert [int(c.sum()) for c in counts] == [len(shown)] * 5
    words = texts(figure)
    for column in ("default", "one_batch", "random_sampling", "site_by_site"):
        score = skill(shown["observed"], shown[column])
        assert f"RMSE = {score.rmse:.1f} kg C m$^{{-3}}$" in words
        assert f"R$^2$ = {score.r2:.2f}" in words
    assert words.count("11 sites, 44 horizons") == 5
    assert [w for w in words if w in tuple("ABCDEFGHIJK")] == list("ABCDEFGHIJ")


@pytest.mark.parametrize(
    ("learner", "label"),
    [("neural_network", "Neural network"), ("random_forest", "Random forest")],
)
def test_a_learner_is_shown_where_it_never_saw_the_block(chart, learner, label):
    horizons, profiles = storage(*pairs())
    words = texts(draw_figure_2(chart, horizons, profiles, ["default", learner]))
    shown = horizons[horizons["profile"] != 1]
    score = skill(shown["observed"], shown[f"{learner}_blocks"])
    assert f"RMSE = {score.rmse:.1f} kg C m$^{{-3}}$" in words
    assert {label, "sites held out", "all used sites"} <= set(words)


def test_values_beyond_the_axes_or_not_positive_are_drawn_at_the_edge_and_counted(chart):
    horizons, profiles = pairs()
    horizons.loc[[0, 1], "default"] = 0.0, -3.0
    horizons.loc[20, "default"] = 1e9
    horizons.loc[5, "default"] = 0.0  # of the profile that is not used
    figure = draw_figure_2(chart, *storage(horizons, profiles), ["default"])
    assert {"3 drawn at the edge", "(2 modelled ≤ 0)"} <= set(texts(figure))
    (counts,) = images(figure)
    assert counts.sum() == 44
    assert counts[0].sum() == 2 and counts[-1].sum() == 1


def test_sites_without_a_value_are_counted(chart):
    horizons, profiles = pairs()
    horizons.loc[[8, 12], "one_batch"] = np.nan
    words = texts(draw_figure_2(chart, *storage(horizons, profiles), ["default", "one_batch"]))
    assert words.count("2 sites without a value") == 1
    assert "9 sites, 36 horizons" in words


@pytest.mark.parametrize("n_used", [0, 1, 2])
def test_few_sites_or_none_still_give_a_figure(chart, n_used):
    horizons, profiles = pairs()
    profiles["used"] = np.arange(len(profiles)) < n_used
    figure = draw_figure_2(chart, *storage(horizons, profiles), SHOWN)
    figure.canvas.draw()
    assert f"{n_used} sites, {4 * n_used} horizons" in texts(figure)


def test_a_method_without_any_value_gives_an_empty_row(chart):
    horizons, profiles = pairs()
    horizons["neural_network_blocks"] = np.nan
    figure = draw_figure_2(chart, *storage(horizons, profiles), SHOWN)
    figure.canvas.draw()
    words = texts(figure)
    assert "11 sites without a value" in words and "R$^2$ = –" in words
    assert [int(c.count() > 0) for c in images(figure)].count(0) == 1


def test_unknown_names_and_missing_columns_are_refused(chart):
    horizons, profiles = storage(*pairs())
    with pytest.raises(InputError, match=r"methods: expected one of default, .*found 'ridge'"):
        draw_figure_2(chart, horizons, profiles, ["ridge"])
    with pytest.raises(InputError, match="pairs: expected a column neural_network_blocks"):
        draw_figure_2(chart, horizons.drop(columns="neural_network_blocks"), profiles, SHOWN)
    with pytest.raises(InputError, match="pairs: expected a column default_kg_m2"):
        draw_figure_2(chart, horizons, profiles.drop(columns="default_kg_m2"), SHOWN)


def test_sites_without_certificate_are_crossed_where_their_own_posterior_is_shown(chart):
    horizons, profiles = storage(*pairs())
    profiles.loc[[1, 4, 7], "certified"] = False  # of which 1 is not used
    figure = draw_figure_2(chart, horizons, profiles, ["one_batch", "site_by_site"])
    pooled, sites = (axis for axis in figure.axes if not axis.axison)

    def crosses(axis):
        return [c for c in axis.collections if c.get_zorder() == 4 and len(c.get_offsets())]

    assert not crosses(pooled)
    (marked,) = crosses(sites)
    x, y = chart.project(profiles["longitude"][[4, 7]], profiles["latitude"][[4, 7]])
    found = np.asarray(marked.get_offsets())
    np.testing.assert_allclose(np.sort(found[:, 0]), np.sort(x))
    np.testing.assert_allclose(np.sort(found[:, 1]), np.sort(y))
    assert [text for text in texts(figure) if "certified" in text] == ["2 sites not certified (×)"]


def test_the_label_of_a_method_without_certificate_is_marked_in_the_figure(chart):
    labels = {"one_batch": "One-batch*"}
    figure = draw_figure_2(chart, *storage(*pairs()), ["one_batch"], labels)
    assert "One-batch*" in texts(figure)
