"""Figures 3 and S4: maps of stocks and of their uncertainty."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from map_cases import hatched_cells, small_map, texts
from proda.errors import InputError
from proda.figures.figure_3 import draw_figure_3
from proda.figures.figure_s4 import draw_figure_s4
from proda.figures.maps import OUTSIDE_HATCH, OUTSIDE_NOTE

TOP = [0.0, 0.3, 1.0, 0.0, 0.0]
BOTTOM = [0.3, 1.0, 2.0, 1.0, 2.0]
# Stocks of the intervals in g m-2: to 30 cm 1, to 1 m 3 and to 2 m 6 kg m-2.
STOCKS = 1000.0 * np.array([1.0, 2.0, 3.0, 3.0, 6.0])


@pytest.fixture
def chart():
    yield small_map()
    plt.close("all")


def intervals():
    return {"interval_top": ("interval", TOP), "interval_bottom": ("interval", BOTTOM)}


def on_grid(chart, factor=1.0, low=None, high=None):
    """Projection to the grid: STOCKS times factors (n,) of the cells."""

    def stock(factor):
        factors = np.broadcast_to(factor, len(chart.cells))
        return xr.concat([chart.cells.to_grid(s * factors) for s in STOCKS], "interval")

    statistics = {"mean": factor, "p05": low, "p95": high}
    return xr.Dataset(
        {f"stock_{name}": stock(f) for name, f in statistics.items() if f is not None},
        intervals(),
    )


def at_sites(factors):
    n = len(factors)
    rng = np.random.default_rng(1)
    where = {
        "lon": ("profile", rng.uniform(8, 14, n)),
        "lat": ("profile", rng.uniform(44, 47, n)),
    }
    stock = np.asarray(factors, float)[:, None] * STOCKS
    return xr.Dataset({"stock_mean": (("profile", "interval"), stock)}, intervals() | where)


def references(chart, *factors):
    """Dataset of reference stocks, each STOCKS to 30, 100 and 200 cm times a factor."""
    maps = [
        xr.concat(
            [chart.cells.to_grid(np.full(len(chart.cells), f * s)) for s in (1, 3, 6)], "depth"
        )
        for f in factors
    ]
    names = [f"map{k}" for k in range(len(factors))]
    return xr.Dataset(
        {"stock": xr.concat(maps, "reference")},
        {"reference": names, "depth": [0.3, 1.0, 2.0]},
    )


def layers(figure):
    """Arrays and upper ends of the colours of all maps, row by row."""
    maps = [axis for axis in figure.axes if not axis.axison]
    found = [[c for c in axis.collections if c.get_array() is not None] for axis in maps]
    return [collections[-1] for collections in found]


def test_rows_are_sites_references_and_methods_in_kg(chart):
    projections = {"default": on_grid(chart, 4.0), "neural_network": on_grid(chart, 2.0)}
    figure = draw_figure_3(chart, at_sites([1, 1, 1]), projections, references(chart, 1.5, 0.5))
    found = [layer.get_array()[0] for layer in layers(figure)]
    expected = [f * s for f in (1, 1.5, 0.5, 4, 2) for s in (1, 3, 6)]
    assert found == pytest.approx(expected)
    words = texts(figure)
    rows = [
        w for w in words if w in ("Observations", "map0", "map1", "Default run", "Neural network")
    ]
    assert rows == ["Observations", "map0", "map1", "Default run", "Neural network"]
    assert [w for w in words if len(w) == 1] == list("ABCDEFGHIJKLMNO")


def test_a_column_has_one_scale_that_ends_at_the_quantile_of_observations_and_references(chart):
    sites = np.arange(1.0, 102.0)
    figure = draw_figure_3(chart, at_sites(sites), {"default": on_grid(chart, 1e4)}, saturation=0.9)
    ends = np.array([layer.norm.vmax for layer in layers(figure)]).reshape(2, 3)
    np.testing.assert_allclose(ends, [[91.0, 273.0, 546.0]] * 2)
    assert all(layer.norm.vmin == 0 for layer in layers(figure))
    assert "Colours end at the 90 % quantile of observations." in texts(figure)


def test_cells_unlike_all_training_sites_are_hatched_on_maps_of_learners_alone(chart):
    outside = np.arange(18) < 4
    known = np.where(np.arange(18) == 2, np.nan, 1.0)
    projections = {
        "one_batch": on_grid(chart, 1.0, 0.5, 2.0),
        "direct_forest": on_grid(chart, known, known, 2 * known),
    }
    sites = at_sites([1, 1, 1])
    for figure in (
        draw_figure_3(chart, sites, projections, references(chart, 1.5), outside=outside),
        draw_figure_s4(chart, projections, outside=outside),
    ):
        # Observations, references and one-batch come before the last row.
        maps = [axis for axis in figure.axes if not axis.axison]
        assert [hatched_cells(chart, axis, OUTSIDE_HATCH) for axis in maps[-3:]] == [3, 3, 3]
        assert not any(patch.get_hatch() for axis in maps[:-3] for patch in axis.patches)
        assert any(text.endswith(OUTSIDE_NOTE) for text in texts(figure))
    figure = draw_figure_s4(chart, projections, outside=np.arange(18) == 2)
    assert not any(OUTSIDE_NOTE in text for text in texts(figure))


def test_missing_cells_and_sites_are_not_drawn(chart):
    factors = np.where(np.arange(18) == 5, np.nan, 1.0)
    figure = draw_figure_3(chart, at_sites([1, np.nan]), {"one_batch": on_grid(chart, factors)})
    assert [layer.get_array().size for layer in layers(figure)] == [1, 1, 1, 17, 17, 17]
    figure.canvas.draw()


def test_one_site_none_and_nothing_known_still_give_a_figure(chart):
    for factors in ([1.0], [], [np.nan]):
        draw_figure_3(chart, at_sites(factors), {"default": on_grid(chart, np.nan)}).canvas.draw()
    figure = draw_figure_3(chart, at_sites([1.0]), {})
    assert len(layers(figure)) == 3


def test_all_maps_have_one_size_and_letters_line_up(chart):
    figure = draw_figure_3(
        chart, at_sites([1.0]), {"default": on_grid(chart), "one_batch": on_grid(chart)}
    )
    boxes = np.array([a.get_position().bounds for a in figure.axes if not a.axison])
    inches = boxes * np.tile(figure.get_size_inches(), 2)
    np.testing.assert_allclose(inches[:, 2] / inches[:, 3], chart.aspect)
    assert np.ptp(inches[:, 2]) < 1e-9
    assert len(np.unique(inches[:, 0].round(6))) == len(np.unique(inches[:, 1].round(6))) == 3


def test_a_tall_region_or_many_rows_stay_on_the_page(chart):
    figure = draw_figure_3(chart, at_sites([1.0]), {}, references(chart, *np.arange(1.0, 9.0)))
    assert figure.get_size_inches()[1] <= 9.5 + 1e-9


def test_widths_are_upper_minus_lower_quantile(chart):
    projections = {
        "one_batch": on_grid(chart, 1.0, 0.5, 2.0),
        "random_sampling": on_grid(chart, 1.0, np.linspace(0, 1, 18), 10.0),
    }
    figure = draw_figure_s4(chart, projections, saturation=0.95)
    found = layers(figure)
    assert [layer.get_array()[0] for layer in found] == pytest.approx([1.5, 4.5, 9, 10, 30, 60])
    widths = np.concatenate([np.full(18, 1.5), 10 - np.linspace(0, 1, 18)])
    low, high = np.quantile(widths, [0.05, 0.95])
    for layer, factor in zip(found, (1, 3, 6) * 2, strict=True):
        assert (layer.norm.vmin, layer.norm.vmax) == pytest.approx((low * factor, high * factor))
    assert "Colours run from the 5 % to the 95 % quantile of all widths." in texts(figure)


@pytest.mark.parametrize("high", [1.0, 3.0, np.nan])
def test_no_width_one_width_and_no_value_still_give_a_figure(chart, high):
    draw_figure_s4(chart, {"one_batch": on_grid(chart, 1.0, 1.0, high)}).canvas.draw()


def test_a_missing_variable_is_named(chart):
    sites, grid = at_sites([1.0]), on_grid(chart)
    with pytest.raises(InputError, match=r"projections: expected keys among .*found 'ridge'"):
        draw_figure_3(chart, sites, {"ridge": grid})
    with pytest.raises(InputError, match=r"projections: expected keys among .*found 'ridge'"):
        draw_figure_s4(chart, {"ridge": grid})
    with pytest.raises(InputError, match="projection default: expected a variable stock_p05"):
        draw_figure_s4(chart, {"default": grid})
    shallow = grid.isel(interval=slice(0, 4))
    with pytest.raises(
        InputError, match=r"projection default, interval: expected 0–200 cm, found 0-0.3"
    ):
        draw_figure_3(chart, sites, {"default": shallow})
    with pytest.raises(InputError, match=r"reference map0, depth: expected 1 m, found 0.3 m, 2 m"):
        draw_figure_3(chart, sites, {}, references(chart, 1.0).isel(depth=[0, 2]))
    with pytest.raises(InputError, match="the centres of all cells"):
        draw_figure_3(chart, sites, {"default": grid.isel(lat=slice(1, None))})


def test_sites_without_certificate_are_crossed_and_counted(chart):
    sites, doubted = at_sites([1, 2, 3]), np.array([True, False, True])
    figure = draw_figure_3(chart, sites, {"one_batch": on_grid(chart)}, doubted=doubted)
    crosses = [c for axis in figure.axes for c in axis.collections if c.get_zorder() == 4]
    assert len(crosses) == 3  # a map of sites for each interval
    x, _ = chart.project(sites["lon"].values[doubted], sites["lat"].values[doubted])
    for cross in crosses:
        np.testing.assert_allclose(np.sort(np.asarray(cross.get_offsets())[:, 0]), np.sort(x))
    assert any(text.endswith("×: 2 sites not certified.") for text in texts(figure))
    figure = draw_figure_3(chart, sites, {}, doubted=np.zeros(3, bool))
    assert not any("certified" in text for text in texts(figure))


def test_so_many_sites_without_certificate_that_crosses_would_hide_the_map(chart, monkeypatch):
    monkeypatch.setattr("proda.figures.maps.MANY_CROSSES", 2)
    figure = draw_figure_3(chart, at_sites([1, 2, 3]), {}, doubted=np.ones(3, bool))
    assert not [c for axis in figure.axes for c in axis.collections if c.get_zorder() == 4]
    assert any(text.endswith(". 3 sites not certified.") for text in texts(figure))


def test_the_row_of_a_method_without_certificate_is_marked(chart):
    labels = {"one_batch": "One-batch*"}
    figure = draw_figure_3(chart, at_sites([1]), {"one_batch": on_grid(chart)}, labels=labels)
    assert "One-batch*" in texts(figure)
    spread = on_grid(chart, 1.0, 0.5, 2.0)
    assert "One-batch*" in texts(draw_figure_s4(chart, {"one_batch": spread}, labels))
