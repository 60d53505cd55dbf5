"""The soil survey of the synthetic globe: where profiles are dug, and what goes wrong."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from proda.arrays import Counts, FloatArray, Mask
from proda.errors import InputError
from proda.model.grid import CLM5_20
from proda.twin.globe.places import Bump, bumps
from proda.twin.lattice import random_stream
from proda.twin.observations import at_depth, measure, with_noise
from proda.twin.sites import DECIMALS, Horizons, dig
from proda.twin.survey import SHALLOWEST_SOC, Survey
from proda.twin.wosis import ACCEPTED, Labels, faulty_profiles

if TYPE_CHECKING:
    from proda.twin.globe.world import Globe

__all__ = ["GlobalSurvey"]

# How much likelier a profile is in the United States, Europe, Brazil, southern Africa, eastern
# Australia and eastern China than elsewhere, as in soil databases.
SURVEYED: list[Bump] = [
    (-95, 40, 20, 8, 5), (10, 50, 15, 8, 4), (-48, -15, 12, 12, 2), (25, -25, 10, 10, 1.5),
    (147, -30, 8, 8, 3), (112, 32, 10, 8, 1),
]  # fmt: skip
SHALLOWEST_BEDROCK = 7  # layers above it where profiles are dug, 0.68 m
ROUNDS = 200


class GlobalSurvey(Survey):
    """The profiles of a synthetic globe, accepted and faulty.

    Parameters
    ----------
    world
        The globe.
    """

    def __init__(self, world: "Globe") -> None:
        super().__init__(world)
        self.globe = world
        self.soil = np.zeros(len(world.places.cells), bool)
        self.soil[world.columns.cell] = True

    def _accepted(self, n: int) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, FloatArray]]:
        globe, seed = self.globe, self.world.config.seed
        deep = globe.ground.bedrock_layer >= SHALLOWEST_BEDROCK
        lon, lat, cell = self._points(ACCEPTED, n, self.soil & deep)
        covariates = globe.covariates_at(cell)
        size = (n, len(globe.model.parameters.names))
        variation = random_stream(seed, "site variation").standard_normal(size)
        theta = globe.truth.theta(covariates, variation)
        columns = globe.column_of[cell]
        solved = globe.solve(theta, columns)
        dug = _above_bedrock(dig(seed, "horizons", n), globe.ground.bedrock_layer[cell])
        true = at_depth(globe.model.grid.node, solved["soc"], dug.middle)
        observed = with_noise(true, globe.config.noise, seed)
        kept = dug.exists & (true > SHALLOWEST_SOC)
        profile = np.nonzero(kept)[0]
        middle, stones = dug.middle[kept], globe.ground.stones[cell][profile]
        layers = measure(observed[kept], profile, middle, stones, seed, ACCEPTED)
        layers.insert(0, "profile", profile)
        layers["upper_depth"], layers["lower_depth"] = dug.top[kept], dug.bottom[kept]
        layers["organic_surface"], layers["kind"] = False, ACCEPTED
        layers["depth"], layers["soc"], layers["soc_observed"] = middle, true[kept], observed[kept]
        fields = {
            "theta": theta,
            "theta_without_site_variation": globe.truth.theta(covariates),
            **solved,
            **globe.facts(columns),
        }
        return self._sites(lon, lat, _labels(lon, lat)), layers, fields

    def _faulty(self, kind: str, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        eligible = self.soil
        if kind == "no_forcing":
            eligible = ~self.soil
            n = n if eligible.any() else 0
        lon, lat = np.empty((2, n))
        if kind == "outside_region":
            lon, lat = self._at_sea(n)
        elif n:
            lon, lat, _ = self._points(kind, n, eligible)
        if kind == "invalid_coordinates":
            lat = np.full(n, np.nan)
        labels = _labels(lon, lat)
        return self._sites(lon, lat, labels), faulty_profiles(kind, n, self.world.config.seed)

    def _points(self, name: str, n: int, eligible: Mask) -> tuple[FloatArray, FloatArray, Counts]:
        """Longitude, latitude and cell of n different points on land in eligible cells."""
        places = self.globe.places
        rng = random_stream(self.world.config.seed, f"globe points {name}")
        candidates = np.flatnonzero(eligible)
        if candidates.size == 0:
            raise InputError(f"synthetic globe, points of kind {name}", "eligible cells", "none")
        chance = places.cells.land_area_m2 * (1.0 + bumps(places, SURVEYED))
        chance = chance[candidates] / chance[candidates].sum()
        half = places.cells.resolution / 2.0
        points = np.empty((0, 2))
        for _ in range(ROUNDS):
            cell = rng.choice(candidates, size=2 * n, p=chance)
            jitter = rng.uniform(-0.98 * half, 0.98 * half, (2 * n, 2))
            centres = np.stack([places.lon[cell], places.lat[cell]], axis=1)
            drawn = np.round(centres + jitter, DECIMALS)
            drawn = drawn[places.region.contains(*drawn.T)]
            points = np.concatenate([points, drawn])
            _, first = np.unique(points, axis=0, return_index=True)
            points = points[np.sort(first)]
            if len(points) >= n:
                lon, lat = points[:n].T
                return lon, lat, places.cells.index_of(lon, lat).astype(np.int64)
        raise InputError(
            f"synthetic globe, points of kind {name}",
            f"space for {n} points on the land of the region",
            str(len(points)),
        )

    def _at_sea(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Points off the land, as errors of coordinates bring them about."""
        rng = random_stream(self.world.config.seed, "globe points at sea")
        found = np.empty((0, 2))
        while len(found) < n:
            lat = np.degrees(np.arcsin(rng.uniform(-0.8, 0.9, 4 * n + 8)))
            drawn = np.round(np.stack([rng.uniform(-180, 180, lat.size), lat], 1), DECIMALS)
            found = np.concatenate([found, drawn[~self.globe.places.region.contains(*drawn.T)]])
        lon, lat = found[:n].T
        return lon, lat

    def _with_texture(self, horizons: pd.DataFrame, profiles: pd.DataFrame) -> pd.DataFrame:
        rng = random_stream(self.world.config.seed, "texture")
        place = profiles.set_index("profile_id")[["lon", "lat"]].reindex(horizons["profile_id"])
        lon, lat = place["lon"].to_numpy(), place["lat"].to_numpy()
        cell = np.full(len(horizons), -1)
        known = np.isfinite(lat)
        cell[known] = self.globe.places.cells.index_of(lon[known], lat[known])
        measured = (cell >= 0) & (rng.random(len(horizons)) < 0.5)
        ground = self.globe.ground
        spread = rng.normal(0.0, 3.0, (2, len(horizons)))
        sand = np.clip(ground.sand[cell] + spread[0], 1.0, 98.0)
        clay = np.minimum(np.clip(ground.clay[cell] + spread[1], 1.0, 98.0), 99.0 - sand)
        parts = {"sand": np.round(sand, 1), "clay": np.round(clay, 1)}
        parts["silt"] = np.round(100.0 - parts["sand"] - parts["clay"], 1)
        return horizons.assign(
            **{name: np.where(measured, values, np.nan) for name, values in parts.items()}
        )


def _above_bedrock(dug: Horizons, layers: Counts) -> Horizons:
    """Compress profiles that would reach into bedrock to the soil above it."""
    depth = 100.0 * CLM5_20.interface[layers - 1]
    factor = np.minimum(depth / np.nanmax(dug.bottom, axis=1), 1.0)[:, None]
    return Horizons(np.round(dug.top * factor, 1), np.round(dug.bottom * factor, 1))


def _labels(lon: FloatArray, lat: FloatArray) -> list[Labels]:
    """Names of places, which no step of the workflow reads: hemispheres."""
    east = np.where(lon < 0.0, "Western", "Eastern")
    north = np.where(lat < 0.0, "Southern", "Northern")
    pairs = zip(north, east, strict=True)
    return [("", "", f"{y} Hemisphere", f"{x} Hemisphere") for y, x in pairs]
