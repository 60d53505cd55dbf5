"""A small run, as files, for the page of results: values are random, and known."""

import json

import numpy as np
import pandas as pd
import xarray as xr

from learning_cases import cells_of
from proda.data.cells import write_cells
from proda.data.profiles.ledger import ACCEPTED
from proda.evaluation.labels import write_labels
from proda.explorer.names import mechanism_values
from proda.explorer.run_files import RunFiles
from proda.inference.evidence import QUANTILES
from proda.model import MatrixModel
from proda.model.processes import PROCESSES
from proda.model.scaling import scaling_variables
from proda.parameters.methods import blocked_name, method_label
from proda.projection.stocks import INTERVALS
from proda.tables import write_table

STOCKS = ("soc_stock_0_30cm", "soc_stock_0_100cm", "soc_stock_0_200cm")
BY_DEFAULT = ("default", "one_batch", "hybrid")  # a single run, and two with bands
LEARNER = "hybrid"
SCENARIOS = ("static", "all")
YEARS = 12
N, REJECTED = 14, 3


class SmallRun:
    """Files of a small run below a folder, in the formats of the workflow.

    Parameters
    ----------
    folder
        Where they are written.
    structure
        Of the model.
    methods
        With maps, in the order of the configuration.
    maps, processes, through_time
        Whether the run has these.
    dataset
        Beginning of the ids of the profiles.
    """

    def __init__(
        self, folder, structure="clm45-10", methods=BY_DEFAULT, maps=True, processes=True,
        through_time=True, prefix="P",
    ):  # fmt: skip
        self.folder, self.model = folder, MatrixModel(structure)
        self.rng = np.random.default_rng(5)
        self.cells = cells_of()
        self.ids = [f"{prefix}{100 + k}" for k in range(N)]
        place = self.rng.permutation(len(self.cells))[: N + REJECTED]
        self.lon = self.cells.lon[place] + self.rng.uniform(-0.2, 0.2, N + REJECTED)
        self.lat = self.cells.lat[place] + self.rng.uniform(-0.2, 0.2, N + REJECTED)
        maps_of = list(methods) if maps else []
        learners = [name for name in maps_of if name == LEARNER]
        named = [*methods, "site_by_site", *(blocked_name(name) for name in learners)]
        self._ledger()
        self._posteriors()
        self._evaluated(named)
        write_labels(folder / "methods.csv", {name: method_label(name) for name in named})
        sites = {name: self._sites(name) for name in named}
        more = {}
        if maps:
            write_cells(self.cells, folder / "cells.nc")
            self._region()
            more = {
                "cells": folder / "cells.nc",
                "grids": {name: self._grid(name) for name in maps_of},
                "references": self._references(),
                "parameters": {name: self._parameters(name) for name in learners},
                "table_1": self._table_1(named),
            }
        if maps and learners:
            more |= {"applicability": self._applicability(), "covariates": self._covariates()}
        if maps and processes:
            more["processes"] = {name: self._processes(name) for name in maps_of}
            more["site_processes"] = self._site_processes()
        if maps and through_time:
            more |= {"yearly": {(name, one): self._yearly(name, one) for name in maps_of
                                for one in SCENARIOS}, "every": 2}  # fmt: skip
        self.files = RunFiles(
            structure=structure,
            profiles=folder / "profiles.csv",
            ledger=folder / "ledger.csv.gz",
            posteriors=folder / "site_posteriors.nc",
            sites=sites,
            evaluated=folder / "evaluated.csv",
            labels=folder / "methods.csv",
            region=folder / "region.geojson" if maps else None,
            **more,
        )

    def open(self, name):
        """A file of the run as a Dataset."""
        return xr.load_dataset(self.folder / name)

    def _save(self, name, dataset):
        path = self.folder / name
        dataset.to_netcdf(path)
        return path

    def _ledger(self):
        rng, rows = self.rng, []
        for k, name in enumerate(self.ids):
            edges = np.cumsum(rng.uniform(0.05, 0.4, 3 + k % 3))
            for j, (upper, lower) in enumerate(zip([0.0, *edges[:-1]], edges, strict=True)):
                status = "organic_or_litter" if j == 0 and k % 4 == 1 else ACCEPTED
                density = 1000 * rng.uniform(1, 40)
                rows.append((name, f"H{k}{j}", upper, lower, density, (upper + lower) / 2, status))
        columns = ["profile_id", "horizon_id", "upper_depth", "lower_depth", "soc_density",
                   "node_depth", "status"]  # fmt: skip
        self.horizons = pd.DataFrame(rows, columns=columns)
        write_table(self.folder / "ledger.csv.gz", self.horizons)
        count = self.horizons.groupby("profile_id").size()
        accepted = (self.horizons["status"] == ACCEPTED).groupby(self.horizons["profile_id"]).sum()
        ids = [*self.ids, *(f"R{k}" for k in range(REJECTED))]
        table = pd.DataFrame(
            {
                "profile_id": ids,
                "longitude": self.lon,
                "latitude": self.lat,
                "n_horizons": [*count, *([2] * REJECTED)],
                "n_accepted_horizons": [*accepted, *([0] * REJECTED)],
                "max_depth_m": 1.0,
                "status": [ACCEPTED] * N + ["outside_region"] * REJECTED,
            }
        )
        table.loc[N, ["longitude", "latitude"]] = np.nan
        write_table(self.folder / "profiles.csv", table)

    def _posteriors(self):
        rng, table = self.rng, self.model.parameters
        d, draws = len(table), 40
        theta = rng.beta(2, 3, (N, draws, d)).astype(np.float32)
        by_parameter = ("profile", "parameter")
        stock = np.sort(rng.uniform(2, 40, (N, len(STOCKS))), axis=1)
        variables = {
            "parameter": ("parameter", np.array(table.names, dtype=object)),
            "stock": ("stock", np.array(STOCKS, dtype=object)),
            "quantile": ("quantile", np.array(QUANTILES)),
            "profile_id": ("profile", np.array(self.ids, dtype=object)),
            "reason": ("profile", np.array([""] * N, dtype=object)),
            "status": ("profile", np.zeros(N, np.int8)),
            "row_size": ("profile", np.full(N, 3, np.int32)),
            "failed_quantity": ("profile", np.array(["", table.names[0]] * (N // 2), dtype=object)),
            "theta": (("profile", "draw", "parameter"), theta),
            "contraction": (by_parameter, rng.uniform(-0.1, 0.9, (N, d))),
            "gelman_rubin": (by_parameter, np.ones((N, d))),
            "stock_mean": (("profile", "stock"), stock),
            "stock_standard_deviation": (("profile", "stock"), 0.1 * stock**0.8),
            "certified": ("profile", np.resize([1, 0], N).astype(np.int8)),
            "max_rhat": ("profile", rng.uniform(1, 1.02, N)),
            "min_ess_bulk": ("profile", rng.uniform(300, 900, N)),
            "min_ess_tail": ("profile", rng.uniform(300, 900, N)),
            "max_mcse": ("profile", rng.uniform(0.01, 0.06, N)),
            "draws_per_chain": ("profile", np.full(N, 900, np.int32)),
            "rounds": ("profile", np.ones(N, np.int32)),
            "divergences": ("profile", np.arange(N, dtype=np.int32)),
            "acceptance": (("profile", "chain"), np.full((N, 4), 0.8)),
            "r2": ("profile", rng.uniform(-0.2, 1, N)),
            "rmse": ("profile", rng.uniform(100, 900, N)),
            "flags": ("profile", np.zeros(N, np.uint8)),
        }
        variables |= scaling_variables(table)
        self._save("site_posteriors.nc", xr.Dataset(variables))

    def _evaluated(self, methods):
        table = pd.DataFrame(
            {
                "profile_id": self.ids,
                "longitude": self.lon[:N],
                "latitude": self.lat[:N],
                "used": np.arange(N) != 2,
                "certified": np.resize([1, 0], N),
                "role": np.where(np.arange(N) == 2, "", "training"),
                "fold": np.arange(N) % 3,
                "vegetation": "Forest",
                **{f"{name}_kg_m2": self.rng.uniform(1, 30, N) for name in ("observed", *methods)},
            }
        ).astype({"used": int})
        write_table(self.folder / "evaluated.csv", table)

    def _statistics(self, name, shape):
        """Mean, and percentiles of a method that has several draws; increasing."""
        values = np.sort(self.rng.uniform(500, 40_000, (3, *shape)), axis=0)
        single = name == "default"
        return {"mean": values[1]} if single else dict(zip(("p05", "mean", "p95"), values))  # noqa: B905

    def _vertical(self):
        return {
            "layer": ("layer", self.model.grid.node),
            "interval": ("interval", np.array([one.label for one in INTERVALS], dtype=object)),
            "interval_top": ("interval", [one.top for one in INTERVALS]),
            "interval_bottom": ("interval", [one.bottom for one in INTERVALS]),
        }

    def _sites(self, name):
        soc = self._statistics(name, (N, self.model.grid.n_layers))
        variables = {f"soc_{kind}": (("profile", "layer"), one) for kind, one in soc.items()}
        variables["row_size"] = ("profile", np.full(N, 3, np.int32))
        variables["profile_id"] = ("profile", np.array(self.ids, dtype=object))
        return self._save(f"{name}_sites.nc", xr.Dataset(variables, self._vertical()))

    def _on_grid(self, values, dim):
        return xr.concat([self.cells.to_grid(one) for one in values], dim)

    def _grid(self, name):
        n = len(self.cells)
        status = np.zeros(n)
        status[3] = 1  # a cell without soil carbon
        dataset = xr.Dataset(coords=self._vertical())
        dataset["status"] = self.cells.to_grid(status).fillna(-1).astype(np.int8)
        for dim, long, size in (
            ("layer", "soc", self.model.grid.n_layers),
            ("interval", "stock", 5),
        ):
            for kind, values in self._statistics(name, (size, n)).items():
                dataset[f"{long}_{kind}"] = self._on_grid(values, dim)
        dataset["total_mean"] = ("interval", np.ones(5))
        return self._save(f"{name}_grid.nc", dataset)

    def _references(self):
        stock = self.rng.uniform(1, 30, (1, 3, len(self.cells)))
        maps = xr.concat([self._on_grid(one, "depth") for one in stock], "reference")
        dataset = xr.Dataset({"stock": maps}).assign_coords(
            reference=np.array(["SoilAtlas"], dtype=object), depth=[0.3, 1.0, 2.0]
        )
        return self._save("references.nc", dataset)

    def _parameters(self, name):
        table, n = self.model.parameters, len(self.cells)
        theta = self.rng.uniform(0, 1, (n, len(table)))
        dataset = xr.Dataset({"contraction": self._on_grid(theta.T - 0.3, "parameter")})
        for one, values in zip(table.names, table.to_physical(theta).T, strict=True):
            dataset[one] = self.cells.to_grid(values)
            dataset[f"{one}_sd"] = self.cells.to_grid(0.1 * np.abs(values))
        return self._save(f"{name}_parameters.nc", dataset)

    def _processes(self, name):
        kinds = ("mean",) if name == "default" else ("mean", "p05", "p95")
        dataset = xr.Dataset({"process_status": self.cells.to_grid(np.zeros(len(self.cells)))})
        for process in PROCESSES:
            values = self.rng.uniform(0.1, 2, len(self.cells))
            for kind, factor in zip(kinds, (1.0, 0.8, 1.3), strict=False):
                dataset[f"{process.name}_{kind}"] = self.cells.to_grid(factor * values)
        return self._save(f"{name}_processes.nc", dataset)

    def _site_processes(self):
        assert set(mechanism_values()) <= {process.name for process in PROCESSES}
        variables = {
            f"{process.name}_contraction": ("profile", self.rng.uniform(-0.1, 0.8, N))
            for process in PROCESSES
        }
        variables["profile_id"] = ("profile", np.array(self.ids, dtype=object))
        return self._save("site_processes.nc", xr.Dataset(variables))

    def _applicability(self):
        index = self.rng.uniform(0, 1, len(self.cells))
        dataset = xr.Dataset(
            {
                "dissimilarity": self.cells.to_grid(index),
                "applicable": self.cells.to_grid(index < 0.6).fillna(-1).astype(np.int8),
            },
            attrs={"threshold": 0.6},
        )
        return self._save("applicability.nc", dataset)

    def _covariates(self):
        n = len(self.cells)
        about = {"units": "degC", "long_name": "mean temperature", "kind": "continuous"}
        dataset = xr.Dataset({"BIO1": self.cells.to_grid(self.rng.uniform(-5, 25, n), attrs=about)})
        about = {"units": "1", "long_name": "land cover", "kind": "class"}
        dataset["IGBP"] = self.cells.to_grid(self.rng.integers(1, 5, n), attrs=about)
        return self._save("covariates.nc", dataset)

    def _yearly(self, name, scenario):
        taken = (self.cells.rows(self.cells.lat) % 2 == 1) & (
            self.cells.columns(self.cells.lon) % 2 == 1
        )
        stock = 20 + np.cumsum(self.rng.normal(0, 0.3, (YEARS, len(self.cells))), axis=0)
        maps = self._on_grid(np.where(taken, stock, np.nan), "time")
        dataset = xr.Dataset({"cSoil": maps}).assign_coords(time=365.0 * np.arange(YEARS) + 182.5)
        dataset["time"].attrs = {"units": "days since 1990-01-01", "calendar": "365_day"}
        status = self.cells.to_grid(np.where(taken, 0, 1)).fillna(-1).astype(np.int8)
        dataset["status"] = status
        return self._save(f"{name}_{scenario}.nc", dataset)

    def _table_1(self, methods):
        errors = {"default": 9.0, "one_batch": 5.0}
        rows = [("cross_validation", name, errors.get(name, 3.0)) for name in methods]
        write_table(
            self.folder / "table_1.csv", pd.DataFrame(rows, columns=["sites", "method", "rmse"])
        )
        return self.folder / "table_1.csv"

    def _region(self):
        half = self.cells.resolution / 2
        west, east = self.cells.lon.min() - half, self.cells.lon.max() + half
        south, north = self.cells.lat.min() - half, self.cells.lat.max() + half
        middle = (west + east) / 2
        features = []
        for k, (left, right) in enumerate(((west, middle), (middle, east))):
            ring = [(left, south), (right, south), (right, north), (left, north), (left, south)]
            geometry = {"type": "Polygon", "coordinates": [[list(map(float, p)) for p in ring]]}
            features.append(
                {"type": "Feature", "properties": {"name": f"part {k}"}, "geometry": geometry}
            )
        content = {"type": "FeatureCollection", "features": features}
        (self.folder / "region.geojson").write_text(json.dumps(content))
