"""Sections of a draft from netCDF files, rasters and points: forcing, covariates, comparisons."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from proda.config.sections.evaluation import EvaluationSettings
from proda.data.covariate_table import KNOWN, read_covariate_table
from proda.inspection.draft_material import Material, write_layout
from proda.inspection.guessed_fields import Covariate
from proda.model.structures import STUDY

__all__ = ["write_comparisons", "write_covariates", "write_forcing"]

_NPP_WHY = {
    "clm": "that of the land model",
    "netcdf": "three variables of a file",
    "mod17a3": "annual rasters of MODIS",
}


def write_forcing(found: Material) -> None:
    """Write the section `forcing`, and what follows from it for the model.

    Parameters
    ----------
    found
        What the configuration is drafted from.
    """
    lines, fields = found.lines, found.fields
    lines.blank()
    lines.section("forcing")
    lines.section("clm", 1)
    if not fields.history:
        doubt = "no history of a land model was found: put its files there"
        lines.key("files", ["clm/*.nc"], 2, doubt=doubt)
    else:
        why = "history of the land model: soil temperature, water, active layer"
        lines.key("files", _pattern(found.folder, found.files, fields.history), 2, why)
        for name in fields.history:
            found.recognised[name] = "history of a land model"
    if fields.lacking:
        _substitutes(found)
    if fields.structure == STUDY or fields.npp is not None:
        _npp(found)
    if fields.history and not found.has_carbon and found.has_sand:
        lines.blank()
        lines.section("model")
        lines.key("default_source", "matrix", 1, "the history has no soil carbon by layer")


def _substitutes(found: Material) -> None:
    lines, fields = found.lines, found.fields
    lines.section("missing_fields", 2)
    for name in fields.lacking:
        other = "ALTMAX" if name == "ALTMAX_LASTYEAR" and "ALTMAX" in fields.variables else None
        if other:
            doubt = "the field of the year before is not in the files"
            lines.key(name, {"use": other}, 3, doubt=doubt)
        else:
            lines.comment(f"CONFIRM: {name} is not in the files; one value everywhere:", 3)
            lines.comment(f"{name}: {{value: ...}}", 3)
            lines.doubts.append(f"forcing.clm.missing_fields: {name} is not in the files")
    if lines.lines[-1].lstrip().startswith("#"):
        lines.lines[lines.lines.index("    missing_fields:")] = "    # missing_fields:"


def _npp(found: Material) -> None:
    lines, npp = found.lines, found.fields.npp
    lines.section("npp", 1)
    doubt = None
    if npp is None:
        npp, doubt = {"format": "clm"}, "no net primary production was found"
    for key, value in npp.items():
        lines.key(key, value, 2, _NPP_WHY[npp["format"]] if key == "format" else None, doubt)
        doubt = None
    if npp["format"] == "netcdf":
        found.recognised.setdefault(npp["file"], "net primary production")
    if npp["format"] == "mod17a3":
        for path in found.files:
            if found.name(path.parent) == npp["folder"]:
                found.recognised[found.name(path)] = "net primary production"


def write_covariates(found: Material) -> None:
    """Write the section `covariates`, and what follows from it for the evaluation.

    Parameters
    ----------
    found
        What the configuration is drafted from.
    """
    lines, covariates = found.lines, found.fields.covariates
    lines.blank()
    if not covariates:
        lines.key("covariates", {"names": []}, why="none were found; learners need some")
        return
    lines.section("covariates")
    lines.comment("Remove what should not be learned from.", 1)
    if 2 * len(found.fields.known) > len(covariates):
        lines.comment("Their files lie where workflow/proda/resources/covariates.csv has them.", 1)
        lines.key("names", found.fields.known, 1)
        layers = read_covariate_table(KNOWN, found.folder, found.fields.known)
        for layer in layers:
            found.recognised.setdefault(found.name(layer.path), "covariates")
        _write_vegetation(found, [layer.name for layer in layers if layer.kind == "class"])
        return
    lines.section("files", 1)
    for one in covariates:
        keys = _covariate_keys(one)
        doubt = one.reason if "or is it" in one.reason else found.fields.doubts.get(one.name)
        if one.missing is not None:
            doubt = f"{one.missing:g} looks like a code for missing values"
        lines.key(one.name, keys if len(keys) > 1 else one.file, 2, doubt=doubt)
        found.recognised.setdefault(one.file, "covariates")
    classes = [one.name for one in covariates if one.kind == "class"]
    _write_vegetation(found, classes)


def _write_vegetation(found: Material, classes: Sequence[str]) -> None:
    """Switch the table of vegetation off where its default covariate is not there."""
    vegetation = EvaluationSettings.vegetation
    if vegetation is not None and vegetation.covariate in classes:
        return
    lines = found.lines
    lines.blank()
    lines.section("evaluation")
    why = "name a class covariate and groups of its codes for SOC by vegetation"
    lines.key("vegetation", None, 1, why)


def write_comparisons(found: Material) -> None:
    """Write the sections `references` and `validation`.

    Parameters
    ----------
    found
        What the configuration is drafted from.
    """
    lines = found.lines
    if found.fields.references:
        lines.blank()
        lines.section("references")
        for name, keys in found.fields.references.items():
            lines.section(name, 1)
            for key, value in keys.items():
                lines.key(key, value, 2, doubt=found.fields.doubts.get(f"references.{name}.{key}"))
            for file in keys.get("files", ()):
                found.recognised[file] = "map of stocks"
            for path in found.files:
                if "folder" in keys and path.is_relative_to(found.folder / keys["folder"]):
                    found.recognised.setdefault(found.name(path), f"map of stocks, {name}")
    if not found.points:
        return
    lines.blank()
    lines.section("validation")
    for table in found.points:
        stem = re.sub(r"[^A-Za-z0-9]", "_", table.path.stem)[:30].strip("_")
        lines.section(stem, 1)
        lines.key("path", found.name(table.path), 2, "stocks at points, used in no fit")
        found.recognised[found.name(table.path)] = "stocks at points"
        write_layout(found, table, 2)
        lines.section("columns", 2)
        for name, column in table.columns.items():
            lines.key(name, column, 3, doubt=table.doubts.get(name))
        unit = table.units["stock"]
        lines.key("unit", unit.unit, 2, unit.reason, table.doubts.get("unit"))
        top, bottom = table.depth_interval
        if top:
            lines.key("top", top, 2, "cm")
        lines.key("bottom", bottom, 2, "cm", table.doubts.get("bottom"))


def _pattern(folder: Path, files: Sequence[Path], names: Sequence[str]) -> list[str]:
    """The files, or one pattern if they are all netCDF files of one folder."""
    parents = {Path(name).parent for name in names}
    if len(names) == 1 or len(parents) > 1:
        return list(names)
    parent = parents.pop()
    every = [p for p in files if p.parent == folder / parent and p.suffix == ".nc"]
    return [(parent / "*.nc").as_posix()] if len(every) == len(names) else list(names)


def _covariate_keys(one: Covariate) -> dict[str, Any]:
    keys: dict[str, Any] = {"file": one.file}
    if one.variable:
        keys["variable"] = one.variable
    if one.band:
        keys["band"] = one.band
    if one.kind == "class":
        keys["kind"] = one.kind
    if one.unit:
        keys["unit"] = one.unit
    if one.missing is not None:
        keys["missing"] = [[one.missing, one.missing]]
    if one.crs:
        keys["crs"] = one.crs
    return keys
