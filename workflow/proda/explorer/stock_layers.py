"""Layers of stocks: of methods and references, their uncertainty, their differences."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proda.data.cells import Cells
from proda.data.references.dataset import read_references
from proda.explorer.encoding import encode_relative
from proda.explorer.payload import STOCK_UNIT, Choice, Group, Payload, Values
from proda.explorer.place_layers import APPLICABLE
from proda.parameters.methods import METHODS

__all__ = ["add_differences", "add_references", "add_stocks", "add_uncertainty"]

OUTSIDE = "Fade cells outside the area of applicability"


def add_stocks(payload: Payload, stocks: Mapping[str, Any], labels: Mapping[str, str]) -> None:
    """Add the stocks of every method and reference by depth.

    Parameters
    ----------
    payload
        To which is added; it has the area of applicability already.
    stocks
        {method: as `proda.explorer.grid.add_grid_curves` or `add_references` returned it}.
    labels
        What they are called.
    """
    group = Group(
        "stock",
        "SOC stock",
        "Mass of soil organic carbon (SOC) between two depths on a square metre of land; of a "
        "method with several draws the mean over them.",
        [_methods(stocks, labels), _depths(stocks)],
    )
    for method, about in stocks.items():
        for k, interval in enumerate(about["intervals"]):
            title = f"SOC {_dash(interval)}, {labels[method]}"
            values = Values(f"cell.stock.{method}", k)
            group.add((method, interval), values, title, STOCK_UNIT, **_outside(payload, method))
    payload.groups.append(group)


def add_uncertainty(payload: Payload, stocks: Mapping[str, Any], labels: Mapping[str, str]) -> None:
    """Add 5th and 95th percentile of the stocks, and how far they are apart, where there are."""
    spread = {name: about for name, about in stocks.items() if len(about["statistics"]) == 3}
    kinds = {
        "width": "Width of the 5–95 % interval",
        "relative": "Width relative to the mean",
        "p05": "5th percentile",
        "p95": "95th percentile",
    }
    group = Group(
        "uncertainty",
        "SOC uncertainty",
        "Spread of the stock over the draws of a method. Draws of learners are members of an "
        "ensemble, whose spread is less than the error of a prediction.",
        [_methods(spread, labels), _depths(spread), Choice("kind", "Shown", kinds)],
    )
    for method, about in spread.items():
        count = len(about["intervals"])
        for k, interval in enumerate(about["intervals"]):
            mean, low, high = (Values(f"cell.stock.{method}", k + i * count) for i in range(3))
            more = _outside(payload, method)
            for kind, values, unit, extra in (
                ("width", high, STOCK_UNIT, {"palette": "spread", "less": low}),
                ("relative", high, "% of mean", {"palette": "spread", "less": low, "per": mean}),
                ("p05", low, STOCK_UNIT, {}),
                ("p95", high, STOCK_UNIT, {}),
            ):
                title = f"SOC {_dash(interval)}, {labels[method]}: {kinds[kind].lower()}"
                group.add((method, interval, kind), values, title, unit, **{**extra, **more})
    payload.groups.append(group)


def add_differences(payload: Payload, stocks: Mapping[str, Any], labels: Mapping[str, str]) -> None:
    """Add the difference of the stocks of any two methods or references."""
    options = {name: labels[name] for name in stocks}
    group = Group(
        "difference",
        "Difference of two methods",
        "Stock of the first method minus that of the second: red where the first has more.",
        [
            Choice("method", "Method", options),
            Choice("other", "Minus", options),
            _depths(stocks),
        ],
    )
    for method, about in stocks.items():
        for other, of_other in stocks.items():
            for k, interval in enumerate(about["intervals"]):
                if method == other or interval not in of_other["intervals"]:
                    continue
                title = f"SOC {_dash(interval)}: {labels[method]} − {labels[other]}"
                less = Values(f"cell.stock.{other}", of_other["intervals"].index(interval))
                values = Values(f"cell.stock.{method}", k)
                chosen = (method, other, interval)
                group.add(chosen, values, title, STOCK_UNIT, "deviation", less=less)
    payload.groups.append(group)


def add_references(payload: Payload, path: Path, cells: Cells) -> dict[str, Any]:
    """Add the stocks of reference maps; as `proda.explorer.grid.add_grid_curves`, by map."""
    found: dict[str, Any] = {}
    dataset = read_references(path)
    if dataset is None:
        return found
    depths = [f"0-{round(100 * float(depth))} cm" for depth in dataset["depth"].values]
    for k, name in enumerate(str(name) for name in dataset["reference"].values):
        payload.blocks[f"cell.stock.{name}"] = encode_relative(cells.from_grid(dataset["stock"][k]))
        found[name] = {"statistics": ["mean"], "intervals": depths}
    return found


def _methods(stocks: Mapping[str, Any], labels: Mapping[str, str]) -> Choice:
    return Choice("method", "Method", {name: labels[name] for name in stocks})


def _depths(stocks: Mapping[str, Any]) -> Choice:
    """Depths of any of them."""
    found = dict.fromkeys(name for about in stocks.values() for name in about["intervals"])
    return Choice("depth", "Depth", {name: _dash(name) for name in found})


def _dash(interval: str) -> str:
    """A depth interval as it is written in texts."""
    return interval.replace("-", "–")


def _outside(payload: Payload, method: str) -> dict[str, Any]:
    """What is faded of the map of a learner: where it extrapolates."""
    learned = method in METHODS and METHODS[method].has_blocks
    if not learned or APPLICABLE not in payload.blocks:
        return {}
    return {"fade": {"values": [APPLICABLE, 0], "limit": 0.5, "text": OUTSIDE}}
