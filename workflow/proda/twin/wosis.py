"""The twin's profiles as a WoSIS snapshot of December 2023, with the faults real databases have.

Every profile and horizon is made with one fate in mind, `accepted` or the reason for which it must
be excluded (the words of the workflow's ledger); the fates are saved with the truth. Files, columns
and quirks: Batjes et al. 2024 (doi 10.5194/essd-16-4735-2024).
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from proda.arrays import FloatArray
from proda.files import atomic_path
from proda.twin.lattice import random_stream
from proda.twin.observations import FINE_EARTH, WHOLE_SOIL, measure
from proda.twin.sites import dig

__all__ = ["ACCEPTED", "FOLDER", "PROFILE_FAULTS", "assemble", "faulty_horizons", "faulty_profiles",
           "write_wosis"]  # fmt: skip

# Place, country, region and continent of a profile.
Labels: TypeAlias = tuple[str, str, str, str]

FOLDER = "wosis/WoSIS_2023_December"
ACCEPTED = "accepted"
# Profiles that must be excluded, per accepted profile; at least one of each.
PROFILE_FAULTS = {
    "outside_region": 0.06,
    "no_forcing": 0.02,
    "no_carbon_value": 0.05,
    "zero_carbon": 0.02,
    "organic_or_litter": 0.02,
    "too_few_horizons": 0.04,
    "duplicate_profile": 0.03,
    "invalid_depths": 0.01,
    "invalid_coordinates": 0.01,
    "no_horizons": 0.01,
}
# Horizons added to accepted profiles that must be excluded, per accepted profile.
HORIZON_FAULTS = {
    "organic_or_litter": 0.12,
    "no_carbon_value": 0.08,
    "zero_carbon": 0.03,
    "duplicate_horizon": 0.03,
    "invalid_depths": 0.02,
    "implausible_value": 0.01,
}
PROPERTIES = ("orgc", *FINE_EARTH, *WHOLE_SOIL, "cfvo", "cfgr", "clay", "silt", "sand")
UNITS = {"orgc": "g/kg", "cfvo": "cm3/100cm3", "cfgr": "g/100g", "clay": "g/100g",
         "silt": "g/100g", "sand": "g/100g"}  # fmt: skip
# Far from the study region, some of it in the same country: place, country, region, longitude and
# latitude of the lower left corner of a degree.
ELSEWHERE = [
    ("Alaska", "United States of America", "Northern America", "Northern America", -150, 64),
    ("Hawaii", "United States of America", "Northern America", "Northern America", -156, 19),
    ("Puerto Rico", "United States of America", "Northern America", "Northern America", -66.5, 18),
    ("Ontario", "Canada", "Northern America", "Northern America", -81, 50),
    ("Jalisco", "Mexico", "Central America", "Central America", -104, 20),
    ("Khomas", "Namibia", "Southern Africa", "Africa", 17, -23),
]
HOME = ("", "United States of America", "Northern America", "Northern America")
UNCERTAINTY = ("Circa 100 m", "100 m - 1 km", "1 km - 10 km", "Over 10 km")


def count_of(fraction: float, n: int) -> int:
    """How many of a kind a world of n accepted profiles has."""
    return max(1, round(fraction * n))


def faulty_horizons(profiles: int, horizons: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Horizons to add to the accepted ones: rows like theirs, with their fate in ``kind``.

    Parameters
    ----------
    profiles
        Number of accepted profiles.
    horizons
        Table of their horizons.
    seed
        Of the world.
    """
    rng = random_stream(seed, "faulty horizons")
    bottom = horizons.groupby("profile")["lower_depth"].max().to_numpy(copy=True)
    surface = horizons.groupby("profile").first().reset_index()
    added = []
    for kind, fraction in HORIZON_FAULTS.items():
        chosen = np.sort(rng.choice(profiles, count_of(fraction, profiles), replace=False))
        rows = surface.iloc[chosen].copy()
        deep = np.rint(bottom[chosen])
        rows["kind"], rows["organic_surface"] = kind, False
        if kind == "organic_or_litter":
            thickness = rng.integers(2, 9, chosen.size).astype(float)
            upward = rng.random(chosen.size) < 0.5  # counted upward from the mineral soil
            rows["upper_depth"] = np.where(upward, thickness, 0.0)
            rows["lower_depth"] = np.where(upward, 0.0, thickness)
            rows["organic_surface"], rows["orgc"] = (
                True,
                np.round(rng.uniform(300, 480, chosen.size), 1),
            )
        elif kind == "duplicate_horizon":
            pass
        else:
            rows["upper_depth"], rows["lower_depth"] = deep, deep + 15.0
        if kind == "no_carbon_value":
            rows["orgc"] = np.nan
        elif kind == "zero_carbon":
            rows["orgc"] = 0.0
        elif kind == "implausible_value":
            rows["orgc"] = 870.0
        elif kind == "invalid_depths":
            rows["lower_depth"] = rows["upper_depth"] - rng.integers(0, 2, chosen.size) * 10.0
        added.append(rows)
        if kind != "duplicate_horizon":
            bottom[chosen] += 15.0 * (rows["lower_depth"].to_numpy() > deep)
    return pd.concat(added, ignore_index=True)


def faulty_profiles(kind: str, n: int, seed: int) -> pd.DataFrame:
    """Horizons of profiles that must be excluded as a whole.

    Parameters
    ----------
    kind
        Reason of the exclusion.
    n
        Number of profiles.
    seed
        Of the world.
    """
    rng = random_stream(seed, f"faulty profiles {kind}")
    dug = dig(seed, f"horizons {kind}", n)
    profile, _ = np.nonzero(dug.exists)
    middle = dug.middle[dug.exists]
    soc = (2000.0 + 26000.0 * np.exp(-middle / 0.35)) * np.exp(rng.normal(0.0, 0.3, middle.size))
    table = measure(soc, profile, middle, np.full(middle.size, 8.0), seed, kind)
    table.insert(0, "profile", profile)
    table["upper_depth"], table["lower_depth"] = dug.top[dug.exists], dug.bottom[dug.exists]
    table["organic_surface"] = False
    table["kind"] = kind
    if kind == "no_carbon_value":
        table["orgc"] = np.nan
    elif kind == "zero_carbon":
        table["orgc"] = 0.0
    elif kind == "organic_or_litter":
        table["organic_surface"], table["orgc"] = (
            True,
            np.round(rng.uniform(300, 500, middle.size), 1),
        )
    elif kind == "invalid_depths":
        table["upper_depth"], table["lower_depth"] = (
            table["lower_depth"] + 5.0,
            table["upper_depth"] + 3.0,
        )
    elif kind == "too_few_horizons":
        table = table.groupby("profile").head(1)
    elif kind == "no_horizons":
        table = table.iloc[:0]
    return table


def away_from_home(n: int, seed: int) -> tuple[FloatArray, FloatArray, list[Labels]]:
    """Longitude, latitude and country labels of n points outside the study region."""
    rng = random_stream(seed, "elsewhere")
    place = np.arange(n) % len(ELSEWHERE)
    corner = np.array([row[4:] for row in ELSEWHERE], float)[place]
    lon, lat = np.round(corner + rng.random((n, 2)), 5).T
    return lon, lat, [ELSEWHERE[i][:4] for i in place]


def assemble(
    groups: Sequence[tuple[str, pd.DataFrame, pd.DataFrame]], seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join groups of profiles, shuffle them and assign identifiers.

    Parameters
    ----------
    groups
        (kind, profiles, horizons): profiles has lon, lat and optionally ``labels``, horizons a
        column ``profile`` that counts within the group. Duplicates of a profile must come in the
        last group: they get the highest identifiers, and the earlier profile is the one to keep.
    seed
        Of the world.

    Returns
    -------
    profiles, horizons
        Tables with profile_id, layer_id, site_id and kind.
    """
    rng = random_stream(seed, "identifiers")
    profiles, horizons, start = [], [], 0
    for kind, table, layers in groups:
        table, layers = table.assign(kind=kind), layers.copy()
        layers["number"] = layers["profile"] + start
        profiles.append(table)
        horizons.append(layers)
        start += len(table)
    profiles = pd.concat(profiles, ignore_index=True)
    horizons = pd.concat(horizons, ignore_index=True)
    last = (profiles["kind"] == "duplicate_profile").to_numpy()
    identifier = np.empty(len(profiles), int)
    identifier[~last] = rng.permutation((~last).sum())
    identifier[last] = (~last).sum() + np.arange(last.sum())
    profiles["profile_id"] = identifier + 100001
    profiles["site_id"] = rng.permutation(len(profiles)) + 500001
    horizons["profile_id"] = profiles["profile_id"].to_numpy()[horizons["number"]]
    horizons["site_id"] = profiles["site_id"].to_numpy()[horizons["number"]]
    horizons = horizons.sort_values(["profile_id", "upper_depth", "lower_depth"], kind="stable")
    horizons["layer_number"] = horizons.groupby("profile_id").cumcount() + 1
    # Of two equal horizons the one with the lower identifier is to keep.
    twice = (horizons["kind"] == "duplicate_horizon").to_numpy()
    number = np.empty(len(horizons), int)
    number[~twice] = rng.permutation((~twice).sum())
    number[twice] = (~twice).sum() + np.arange(twice.sum())
    horizons["layer_id"] = number + 1000001
    profiles = profiles.sort_values("profile_id", ignore_index=True)
    return profiles, horizons.reset_index(drop=True)


def write_wosis(folder: Path, profiles: pd.DataFrame, horizons: pd.DataFrame, seed: int) -> None:
    """Write profiles, sites, layers, observations and one file per property.

    Parameters
    ----------
    folder
        Where they are written.
    profiles, horizons
        Tables of the world.
    seed
        Of the world.
    """
    rng = random_stream(seed, "labels")
    n = len(profiles)
    labels = pd.DataFrame(
        list(profiles["labels"]), columns=["place", "country_name", "region", "continent"]
    )
    place = pd.DataFrame(
        {
            "longitude": profiles["lon"],
            "latitude": profiles["lat"],
            "positional_uncertainty": np.array(UNCERTAINTY)[rng.integers(0, 4, n)],
            **{name: labels[name] for name in ("country_name", "region", "continent")},
        }
    )
    dated = rng.random(n) < 0.6
    date = np.datetime64("1955-01-01") + rng.integers(0, 20000, n).astype("timedelta64[D]")
    facts = pd.DataFrame(
        {
            "dataset_id": np.array(["US-NCSS", "US-RaCA", "WD-ISIS"])[rng.integers(0, 3, n)],
            "profile_code": [f"TWIN-{number}" for number in profiles["profile_id"]],
            "licence": "CC-BY 4.0",
            "date": np.where(dated, date.astype(str), ""),
        }
    )
    by_profile = pd.concat([profiles[["profile_id", "site_id"]], place, facts], axis=1)
    _write(folder, "sites", by_profile[["site_id", *place]].sort_values("site_id"))
    _write(folder, "profiles", by_profile.drop(columns="date"))
    layer = ["profile_id", "layer_id", "site_id", "upper_depth", "lower_depth", "layer_name",
             "layer_number", "organic_surface"]  # fmt: skip
    names = np.where(horizons["organic_surface"], "O", "H")
    horizons = horizons.assign(
        layer_name=[
            f"{letter}{i}" for letter, i in zip(names, horizons["layer_number"], strict=True)
        ],
        organic_surface=np.where(horizons["organic_surface"], "t", "f"),
    )
    _write(folder, "layers", horizons[layer])
    context = by_profile.drop(columns="site_id").set_index("profile_id")
    first = [
        "profile_id",
        "layer_id",
        "upper_depth",
        "lower_depth",
        "layer_name",
        "organic_surface",
    ]
    for code in PROPERTIES:
        rows = horizons[horizons[code].notna()]
        table = rows[first].assign(
            value=[f"{{{value!r}}}" for value in rows[code].tolist()],
            value_avg=rows[code],
            method=f"{code}: laboratory method not told",
        )
        _write(folder, code, table.join(context, on="profile_id"))
    counts = {code: horizons[code].notna() for code in PROPERTIES}
    observations = pd.DataFrame(
        {
            "code": list(PROPERTIES),
            "property": list(PROPERTIES),
            "unit": [UNITS.get(code, "kg/dm3") for code in PROPERTIES],
            "profiles": [horizons.loc[has, "profile_id"].nunique() for has in counts.values()],
            "layers": [int(has.sum()) for has in counts.values()],
        }
    )
    _write(folder, "observations", observations)


def _write(folder: Path, name: str, table: pd.DataFrame) -> None:
    with atomic_path(folder / f"wosis_202312_{name}.tsv") as path:
        table.to_csv(path, sep="\t", index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
