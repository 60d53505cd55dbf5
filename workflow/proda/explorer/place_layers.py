"""Layers of the places: area of applicability of the learners, and covariates."""

from pathlib import Path
from typing import Any

from proda.data.cells import Cells
from proda.data.covariates import load_grid_covariates
from proda.explorer.encoding import encode_linear, encode_relative
from proda.explorer.payload import Choice, Group, Payload, Values, unit_text
from proda.netcdf import load_netcdf

__all__ = ["APPLICABLE", "add_applicability", "add_covariates"]

APPLICABLE, DISSIMILARITY = "applicability.inside", "applicability.index"
INSIDE = 1  # flag of the file


def add_applicability(payload: Payload, path: Path, cells: Cells) -> None:
    """Add the area of applicability, and how unlike the training sites the cells are."""
    needed = ["applicable", "dissimilarity"]
    with load_netcdf(path, "an area of applicability", needed) as file:
        inside = cells.from_grid(file["applicable"]) == INSIDE
        index, threshold = cells.from_grid(file["dissimilarity"]), float(file.attrs["threshold"])
    payload.blocks[APPLICABLE] = encode_linear(inside.astype(float), 1)
    payload.blocks[DISSIMILARITY] = encode_relative(index)
    kinds = {"inside": "Inside or outside", "index": "Dissimilarity index"}
    group = Group(
        "applicability",
        "Area of applicability",
        "Cells outside have covariates unlike those of all profiles that learners were trained on "
        f"(dissimilarity index above {threshold:.3g}); predictions there are extrapolations.",
        [Choice("kind", "Shown", kinds)],
    )
    title = "Area of applicability of the learners"
    group.add(("inside",), Values(APPLICABLE), title, "", "applicable")
    title = "Dissimilarity of the covariates to those of the training profiles"
    group.add(("index",), Values(DISSIMILARITY), title, "", "spread")
    payload.groups.append(group)


def add_covariates(payload: Payload, path: Path, cells: Cells) -> None:
    """Add the covariates of the cells; those that are not classes are layers, too."""
    described: list[dict[str, Any]] = []
    rows = []
    with load_grid_covariates(path) as file:
        names = [str(name) for name, one in file.data_vars.items() if one.dims == ("lat", "lon")]
        for name in names:
            attrs = file[name].attrs
            described.append(
                {
                    "name": name,
                    "label": str(attrs.get("long_name", name)),
                    "unit": unit_text(str(attrs.get("units", ""))),
                    "classes": attrs.get("kind") == "class",
                }
            )
            rows.append(cells.from_grid(file[name]))
    group = Group(
        "covariate",
        "Covariate",
        "What learners predict from: climate, vegetation, soil and terrain of the cells.",
        [Choice("name", "Covariate", {one["name"]: one["label"] for one in described
                                      if not one["classes"]})],
    )  # fmt: skip
    for one, values in zip(described, rows, strict=True):
        key = f"cell.covariate.{one['name']}"
        payload.blocks[key] = encode_linear(values)
        if not one["classes"]:
            group.add((one["name"],), Values(key), one["label"], one["unit"])
    payload.about["covariates"] = described
    payload.groups.append(group)
