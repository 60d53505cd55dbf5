"""The two plots of a page, as Bokeh models whose data the page fills in: map and depth curves."""

import math
from collections.abc import Sequence
from typing import Any

from bokeh.models import (
    ColumnDataSource,
    CustomJS,
    CustomJSTickFormatter,
    FixedTicker,
    LinearColorMapper,
    LogColorMapper,
    Range1d,
)
from bokeh.models.annotations import ColorBar
from bokeh.palettes import Magma256, RdBu11, Viridis256, interp_palette
from bokeh.plotting import figure

__all__ = ["PALETTES", "depth_plot", "map_plot"]

PALETTES = {
    "amount": list(reversed(Viridis256)),
    "spread": list(reversed(Magma256[30:])),
    "deviation": list(interp_palette(RdBu11, 255)),
    "applicable": ["#d55e00", "#0072b2"],
}
"""Colours by kind of layer: perceptually uniform, and told apart with colour vision deficiency."""

LAND, BORDER, INK = "#d9d9d9", "#4d4d4d", "#1a1a1a"
FADE = "#f2f2f2"
MARGIN = 0.02
POINT, FEW, LEAST = 7.0, 400, 2.6  # pixels of a profile among FEW; of more, their area is shared
EVENTS = {"tap": "tap(cb_obj)", "mousemove": "hover(cb_obj)", "mouseleave": "leave()"}
"""What the page does with events of the map."""


def map_plot(
    extent: Sequence[float], lines: Sequence[Sequence[Sequence[float]]], n_profiles: int
) -> Any:
    """The map: land, cells of a layer, faded cells, borders, profiles, and what is selected.

    Parameters
    ----------
    extent
        West, east, south and north end, degrees.
    lines
        Longitudes and latitudes of each line of the outline.
    n_profiles
        Number of profiles, which decides the size of a point.
    """
    west, east, south, north = extent
    margin = MARGIN * max(east - west, north - south)
    x_range = Range1d(start=west - margin, end=east + margin)
    y_range = Range1d(start=south - margin, end=north + margin)
    plot: Any = figure(
        name="map",
        x_range=x_range,
        y_range=y_range,
        frame_width=600,
        frame_height=400,
        tools="pan,wheel_zoom",
        active_scroll="wheel_zoom",
        toolbar_location=None,
        background_fill_color="white",
        output_backend="canvas",
    )
    plot.xaxis.axis_label, plot.yaxis.axis_label = "Longitude (°)", "Latitude (°)"
    plot.grid.visible = False
    nothing = (0, 0, 0, 0)
    scales: dict[str, Any] = {
        "linear": LinearColorMapper(palette=PALETTES["amount"], low=0, high=1, nan_color=nothing),
        "logarithmic": LogColorMapper(
            palette=PALETTES["amount"], low=0.1, high=1, nan_color=nothing
        ),
        "classes": LinearColorMapper(
            palette=PALETTES["applicable"], low=-0.5, high=1.5, nan_color=nothing
        ),
    }
    # An image for each scale: one whose scale is exchanged keeps colours of the former.
    images = {
        "land": (LinearColorMapper(palette=[LAND], nan_color=nothing), 1.0),
        **{f"cells_{name}": (scale, 1.0) for name, scale in scales.items()},
        "fade": (LinearColorMapper(palette=[FADE], nan_color=nothing), 0.72),
    }
    for name, (scale, alpha) in images.items():
        source = ColumnDataSource({"image": [], "x": [], "y": [], "dw": [], "dh": []})
        plot.image(
            image="image", x="x", y="y", dw="dw", dh="dh", source=source, name=name,
            color_mapper=scale, alpha=alpha,
        )  # fmt: skip
    plot.multi_line(
        [line[0] for line in lines], [line[1] for line in lines], line_color=BORDER,
        line_width=0.7, name="outline",
    )  # fmt: skip
    points = ColumnDataSource({"x": [], "y": []})
    size = max(LEAST, POINT * math.sqrt(FEW / max(n_profiles, FEW)))
    plot.scatter(
        "x", "y", source=points, size=size, name="profiles", fill_color="white", fill_alpha=0.5,
        line_color=INK, line_width=0.8 if n_profiles <= FEW else 0.4,
    )  # fmt: skip
    for name, scale in scales.items():
        coloured = ColumnDataSource({"x": [], "y": [], "value": []})
        plot.scatter(
            "x", "y", source=coloured, size=size + 2, name=f"points_{name}", line_color=INK,
            line_width=0.4, fill_color={"field": "value", "transform": scale},
        )  # fmt: skip
        bar = ColorBar(
            color_mapper=scale, name=f"bar_{name}", height=12, padding=4, margin=2,
            formatter=CustomJSTickFormatter(code="return window.explorer.tick(tick)"),
        )  # fmt: skip
        if name == "classes":
            bar.ticker = FixedTicker(ticks=[0, 1])
            bar.major_label_overrides = {0: "no", 1: "yes"}
        plot.add_layout(bar, "below")
    chosen = ColumnDataSource({"x": [], "y": []})
    for colour, width in (("white", 5), ("#e6007e", 2.5)):
        plot.scatter(
            "x", "y", source=chosen, size=16, marker="circle", fill_alpha=0.0, line_color=colour,
            line_width=width, name="selected", level="overlay",
        )  # fmt: skip
    for event, call in EVENTS.items():
        plot.js_on_event(event, CustomJS(code=f"window.explorer.{call}"))
    return plot


def depth_plot(methods: Sequence[dict[str, Any]]) -> Any:
    """Soil carbon over depth: a line and a band for each method, and observed horizons.

    Parameters
    ----------
    methods
        Of `proda.explorer.shown_methods.shown_methods`.
    """
    plot: Any = figure(
        name="depth",
        x_range=Range1d(start=0, end=1),
        y_range=Range1d(start=2, end=0),
        frame_width=380,
        frame_height=360,
        tools="",
        toolbar_location=None,
        x_axis_location="above",
        output_backend="canvas",
    )
    plot.xaxis.axis_label, plot.yaxis.axis_label = "SOC (kg C m⁻³)", "Depth (m)"
    plot.grid.grid_line_alpha = 0.4
    sources = [ColumnDataSource({"depth": [], "mean": [], "low": [], "high": []}) for _ in methods]
    for method, source in zip(methods, sources, strict=True):
        plot.harea(
            x1="low", x2="high", y="depth", source=source, name=f"band_{method['name']}",
            fill_color=method["colour"], fill_alpha=0.22,
        )  # fmt: skip
    for method, source in zip(methods, sources, strict=True):
        plot.line(
            "mean", "depth", source=source, name=f"line_{method['name']}",
            line_color=method["colour"], line_width=2,
            line_dash="dashed" if method["dashed"] else "solid",
        )  # fmt: skip
    horizons = ColumnDataSource(
        {"soc": [], "middle": [], "upper": [], "lower": []}, name="horizons_source"
    )
    plot.segment(
        x0="soc", x1="soc", y0="upper", y1="lower", source=horizons, line_color=INK, line_width=3
    )
    plot.scatter(
        "soc", "middle", source=horizons, size=7, fill_color="white", line_color=INK,
        line_width=1.5, name="horizons",
    )  # fmt: skip
    return plot
