"""The profiles of a page: places, observed horizons, curves, posteriors, certificate and ledger."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from proda.arrays import FloatArray
from proda.data.order import check_profiles
from proda.data.profiles.ledger import ACCEPTED, REASONS
from proda.errors import InputError
from proda.evaluation.pairs import STORAGE, read_profiles
from proda.explorer.encoding import (
    encode_codes,
    encode_linear,
    encode_relative,
    encode_texts,
)
from proda.explorer.grid import shown_layers
from proda.explorer.payload import Payload, unit_text
from proda.inference.evidence import QUANTILES
from proda.inference.summary import EVIDENCE, profile_summary
from proda.model.parameters import ParameterTable
from proda.netcdf import open_netcdf
from proda.projection.files import read_sites_projection
from proda.projection.stocks import KILOGRAM, STATISTICS
from proda.tables import read_table

__all__ = [
    "MANY_PROFILES",
    "Profiles",
    "add_posteriors",
    "add_profiles",
    "add_site_curves",
    "add_storage",
]

STOCK = ("stock_mean", "stock_standard_deviation")
PER_READ = 256
"""Profiles whose draws are in memory at a time."""

MANY_PROFILES = 50_000
"""Curves of more profiles have no bands, which would be most of the page."""

METRE = 1e-3  # step of depths, m
DEGREE = 1e-5  # step of coordinates


class Profiles(NamedTuple):
    """Profiles that were assimilated, in the order of all files of sites.

    Attributes
    ----------
    ids
        (n,) identifiers.
    lon, lat
        (n,) degrees.
    used
        (n,) whether each is used by methods that rest on the site posteriors.
    deepest
        m, end of the deepest accepted horizon.
    """

    ids: list[str]
    lon: FloatArray
    lat: FloatArray
    used: Any
    deepest: float


def add_profiles(
    payload: Payload,
    profiles_path: Path,
    ledger_path: Path,
    posteriors: Path,
    evaluated: Path | None,
) -> Profiles:
    """Add places, ledger, horizons and certificates of all profiles.

    Parameters
    ----------
    payload
        To which is added.
    profiles_path, ledger_path
        Ledger of all profiles of the source, and of their horizons.
    posteriors
        Site posteriors, whose profiles come first.
    evaluated
        Profiles of the evaluation, with role, fold and vegetation; None without.
    """
    summary = profile_summary(posteriors)
    ids = [str(name) for name in summary["profile_id"]]
    texts = ["profile_id", "status", "source", "duplicate_of"]
    ledger = read_table(profiles_path, texts).set_index("profile_id")
    absent = [name for name in ids if name not in ledger.index]
    if absent:
        where = f"{posteriors}, profile {absent[0]}"
        raise InputError(where, f"a profile of {profiles_path}", "none of that id")
    others = ledger.index.difference(ids, sort=True)
    ledger = ledger.loc[[*ids, *others]]
    lon, lat = ledger["longitude"].to_numpy(float), ledger["latitude"].to_numpy(float)
    blocks = payload.blocks
    blocks["profile.id"] = encode_texts([str(name) for name in ledger.index])
    for name, values, low in (("longitude", lon, -180.0), ("latitude", lat, -90.0)):
        # Places that the ledger excludes may have no coordinates: a code of its own.
        codes = np.where(np.isfinite(values), np.rint((values - low) / DEGREE) + 1, 0)
        blocks[f"profile.{name}"] = encode_codes(np.clip(codes, 0, 2**31))
    blocks["profile.horizons"] = encode_codes(ledger["n_horizons"])
    blocks["profile.accepted"] = encode_codes(ledger["n_accepted_horizons"])
    _add_categories(payload, "profile.status", ledger["status"])
    payload.about["reasons"] = {ACCEPTED: "used", **REASONS}
    if "source" in ledger:
        _add_categories(payload, "profile.source", ledger["source"])
    deepest = _add_horizons(payload, ledger_path, ledger.index)
    _add_certificates(payload, summary)
    used = (summary["status"] == "fitted").to_numpy()
    if evaluated is not None:
        table = read_profiles(evaluated)
        check_profiles(evaluated, table["profile_id"], ids, posteriors)
        used = table["used"].to_numpy(bool)
        for name in ("role", "vegetation"):
            if (table[name] != "").any():
                _add_categories(payload, f"profile.{name}", table[name])
        if (table["fold"] >= 0).any():
            blocks["profile.fold"] = encode_linear(table["fold"], 1)
    blocks["profile.used"] = encode_codes(used)
    n = len(ids)
    payload.about["profiles"] = {
        "fitted": n,
        "all": len(ledger),
        "used": int(used.sum()),
        "certified": int((summary["certified"] == 1).sum()),
        "degree": DEGREE,
    }
    payload.about["places"] = [
        float(end(values[:n])) for values in (lon, lat) for end in (np.min, np.max)
    ]
    return Profiles(ids, lon[:n], lat[:n], used, deepest)


def add_site_curves(
    payload: Payload, method: str, path: Path, profiles: Profiles
) -> dict[str, Any]:
    """Add soil carbon by depth of a method at every profile.

    Returns
    -------
    dict
        ``statistics`` as they follow each other in the rows, and the ``nodes`` in m.
    """
    dataset = read_sites_projection(path)
    check_profiles(path, dataset["profile_id"].values, profiles.ids, "the site posteriors")
    shown = shown_layers(dataset["layer"].values, profiles.deepest)
    kinds = [kind for kind in STATISTICS if f"soc_{kind}" in dataset]
    if len(profiles.ids) > MANY_PROFILES:
        kinds = kinds[:1]
    rows = [dataset[f"soc_{kind}"].values[:, shown].T / KILOGRAM for kind in kinds]
    payload.blocks[f"profile.soc.{method}"] = encode_relative(np.concatenate(rows))
    return {"statistics": kinds, "nodes": dataset["layer"].values[shown].tolist()}


def add_storage(payload: Payload, evaluated: Path, methods: Iterable[str]) -> list[str]:
    """Add observed and modelled storage of the observed horizons, kg m-2.

    Parameters
    ----------
    payload
        To which is added.
    evaluated
        Profiles of the evaluation.
    methods
        Methods and blocked variants of the page.

    Returns
    -------
    list of str
        Those of them that were evaluated, whose rows follow that of the observations.
    """
    table = read_profiles(evaluated)
    found = [name for name in methods if name + STORAGE in table]
    columns = [name + STORAGE for name in ("observed", *found)]
    payload.blocks["profile.storage"] = encode_relative(table[columns].to_numpy(float).T)
    return found


def add_posteriors(
    payload: Payload, path: Path, table: ParameterTable, words: Mapping[str, str]
) -> None:
    """Add prior, posterior quantiles and contraction of the parameters of every profile.

    Quantiles are those of all draws that the file holds; the page has no draws. Of the stocks it
    has mean and standard deviation, in the order of ``payload.about["stocks"]``.

    Parameters
    ----------
    payload
        To which is added.
    path
        Site posteriors.
    table
        Parameters of the structure.
    words
        Names of the parameters.
    """
    needed = ["theta", "contraction", "stock", *STOCK, "minimum", "maximum"]
    with open_netcdf(path, "site posteriors", needed) as file:
        n = file.dimensions["profile"].size
        quantiles = np.full((len(QUANTILES), len(table), n), np.nan)
        for part, draws in _read_draws(file["theta"], n):
            quantiles[:, :, part] = np.moveaxis(
                np.quantile(draws, QUANTILES, axis=1), (0, 1, 2), (0, 2, 1)
            )
        contraction = np.ma.filled(file["contraction"][:], np.nan).T
        stock = np.concatenate([np.ma.filled(file[name][:], np.nan).T for name in STOCK])
        payload.about["stocks"] = [str(name) for name in file["stock"][:]]
        low, high = (np.asarray(file[name][:], float) for name in ("minimum", "maximum"))
    payload.blocks["profile.theta"] = encode_linear(quantiles.reshape(-1, n), 1)
    payload.blocks["profile.contraction"] = encode_linear(contraction, 1)
    payload.blocks["profile.site_stock"] = encode_relative(stock)
    payload.about["parameters"] = [
        {
            "name": name,
            "label": words[name],
            "meaning": meaning,
            "unit": unit_text(unit),
            "group": process,
            "minimum": minimum,
            "maximum": maximum,
        }
        for name, meaning, unit, process, minimum, maximum in zip(
            table.names, table.meanings, table.units, table.processes, low, high, strict=True
        )
    ]


def _read_draws(variable: Any, n: int) -> Iterator[tuple[slice, FloatArray]]:
    """Draws (k, draws, parameters) of some profiles at a time."""
    for first in range(0, n, PER_READ):
        part = slice(first, min(first + PER_READ, n))
        yield part, np.ma.filled(variable[part], np.nan)


def _add_horizons(payload: Payload, path: Path, index: pd.Index) -> float:
    """Horizons that the ledger lists, profile after profile; returns the deepest accepted end."""
    texts = ["profile_id", "status", "horizon_id", "unreadable", "missing_code"]
    table = read_table(path, texts)
    table = table[table["profile_id"].isin(index)]
    order = index.get_indexer(pd.Index(table["profile_id"]))
    table = table.iloc[np.argsort(order, kind="stable")]
    counts = np.bincount(order, minlength=len(index))
    for name, column in (("upper", "upper_depth"), ("lower", "lower_depth")):
        depth = table[column].to_numpy(float)
        known = np.isfinite(depth) & (depth >= 0) & (depth < 1e5)
        codes = np.where(known, np.rint(np.where(known, depth, 0.0) / METRE) + 1, 0)
        payload.blocks[f"horizon.{name}"] = encode_codes(codes)
    density = pd.to_numeric(table["soc_density"]).to_numpy(float) / KILOGRAM
    payload.blocks["horizon.soc"] = encode_relative(np.where(density >= 0, density, np.nan))
    payload.blocks["horizon.count"] = encode_codes(counts)
    _add_categories(payload, "horizon.status", table["status"])
    accepted = table.loc[table["status"] == ACCEPTED, "lower_depth"].to_numpy(float)
    return float(accepted.max(initial=0.0))


def _add_certificates(payload: Payload, summary: pd.DataFrame) -> None:
    """Evidence of every certificate, and how the assimilation ended."""
    names = [*EVIDENCE, "r2", "rmse_g_m3"]
    numbers = summary[names].to_numpy(float).T
    for name, row in zip(names, numbers, strict=True):
        payload.blocks[f"certificate.{name}"] = encode_linear(row)
    for name in ("status", "reason", "failed_quantity"):
        _add_categories(payload, f"certificate.{name}", summary[name].fillna(""))


def _add_categories(payload: Payload, name: str, texts: Sequence[str] | pd.Series) -> None:
    """Add texts of which many are the same."""
    codes, categories = pd.factorize(np.asarray(texts, dtype=object).astype(str))
    payload.blocks[name] = encode_codes(np.asarray(codes, dtype=np.int64))
    payload.about.setdefault("categories", {})[name] = [str(one) for one in categories]
