"""Everything that is examined of a configuration and its data, in the order of the run."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from proda.config.covariate_choice import composed_table, is_composed
from proda.config.keys import build, build_alternative
from proda.config.plan import Plan, planned_results
from proda.config.sections.covariates import CovariateSettings
from proda.config.sections.profiles import ProfileSettings
from proda.config.sections.references import Reference
from proda.config.sections.region import RegionSettings
from proda.data.cells import Cells, make_cells
from proda.data.configured_profiles import configured_sources
from proda.data.covariate_table import (
    covariate_kinds,
    covariate_sources,
    read_covariate_table,
    require_class,
)
from proda.data.covariates import grid_covariates
from proda.data.forcing_inputs import ConfiguredForcing
from proda.data.point_stocks import PointStatus, read_point_stocks
from proda.data.profiles.ledger import Ledger
from proda.data.raster_layer import Layer
from proda.data.raw_files import PATTERNS, covariates_of_npp
from proda.data.references import reference_dataset, reference_stocks
from proda.data.region import Region
from proda.data.region_choice import choose_region
from proda.files import StrPath
from proda.inference.observations_file import require_enough
from proda.inspection.configuration import read_configuration
from proda.inspection.estimates import Size, estimates, former_run
from proda.inspection.files import (
    DOWNLOAD,
    MISSING,
    file_views,
    obtained_from,
    require_files,
    size_of,
)
from proda.inspection.ledger import (
    COVARIATES,
    FORCING,
    PROFILES,
    collect,
    coverage_of_covariates,
    coverage_of_forcing,
    exclude,
    ledger_view,
)
from proda.inspection.tables import covariate_table, horizon_tables, point_table
from proda.inspection.views import Coverage, Inspection
from proda.model.structures import get_structure
from proda.resources import resource

__all__ = ["READ_LIMIT", "inspect"]

READ_LIMIT = 10**9
"""Bytes of files of one kind beyond which they are read only if all is asked for."""

MAPS = "reference maps"
POINTS = "stocks at points"


def inspect(
    path: StrPath,
    arguments: Sequence[str] = (),
    results: StrPath = "results",
    full: bool = False,
    profiles: int | None = None,
) -> Inspection:
    """Examine a configuration and its data without running anything.

    Relative paths start at the working directory, as in a run.

    Parameters
    ----------
    path
        File of the configuration.
    arguments
        Values of the command line, KEY=VALUE each, as for ``snakemake --config``.
    results
        Folder of the results of all runs.
    full
        Read files of any size.
    profiles
        Number of profiles for the estimates where they cannot be counted.
    """
    found = Inspection(str(path))
    with found.findings.examining("configuration"):
        found.config = read_configuration(path, arguments)
    if found.config is not None:
        folder = Path(results) / found.config["dataset"]
        _Examination(found, found.config, folder, full, profiles).run()
    return found


class _Examination:
    """The stages of an examination, which share what they have read."""

    def __init__(
        self,
        found: Inspection,
        config: dict[str, Any],
        results: Path,
        full: bool,
        assumed: int | None,
    ) -> None:
        self.found, self.config, self.results, self.full = found, config, results, full
        self.assumed = assumed
        self.findings = found.findings
        self.twin = config["twin"] is not None
        self.raw = results / "raw" if self.twin else Path(config["data_dir"])
        self.plan = Plan(config)
        npp = covariates_of_npp(config, self.raw)
        self.made = [] if npp is None else [npp]
        # Covariates with paths below the raw data, and as they are named.
        self.layers: list[Layer] = []
        self.named: list[Layer] = []
        self.kinds: dict[str, str] = {}
        # Of the table of covariates, if the configuration itself lists them.
        self.folder = Path()
        self.region: Region | None = None
        self.cells: Cells | None = None
        self.ledger: Ledger | None = None
        self.skipped: list[str] = []

    def run(self) -> None:
        """Examine everything."""
        with tempfile.TemporaryDirectory() as folder:
            self.folder = Path(folder)
            for step in (
                self._covariate_table,
                self._files,
                self._region,
                self._tables,
                self._profiles,
                self._references,
                self._points,
                self._results,
                self._estimates,
            ):
                # Each part reports its own errors; here are those of the choice of methods.
                with self.findings.examining("methods"):
                    step()

    # --- what is there ---------------------------------------------------------------------------

    def _covariate_table(self) -> None:
        config = self.config
        settings = build(CovariateSettings, config["covariates"])
        self.covariate_table = config["covariates"]["table"] or resource("covariates.csv")
        with self.findings.examining(COVARIATES):
            if is_composed(settings):
                self.covariate_table = self.folder / "covariates.csv"
                self.covariate_table.write_text(composed_table(settings, self.raw))
            self.plan.require_possible()
            names = config["covariates"]["names"]
            self.named = read_covariate_table(self.covariate_table, "", names)
            self.layers = read_covariate_table(self.covariate_table, self.raw, names)
            self.kinds = covariate_kinds(self.covariate_table, names)
            vegetation = config["evaluation"]["vegetation"] or {}
            climate = (config["processes"] or {}).get("climate") or {}
            of_keys = {
                "evaluation.vegetation.covariate": vegetation.get("covariate"),
                "processes.climate.covariate": climate.get("covariate"),
                "learning.regions": config["learning"]["regions"],
            }
            for key, covariate in of_keys.items():
                if covariate:
                    require_class(self.kinds, covariate, key)

    def _files(self) -> None:
        patterns = {part: of(self.config) for part, of in PATTERNS.items()}
        if self.twin:
            del patterns["history through time"]  # not below the raw data
        about: dict[str, str] = {}
        sources = covariate_sources(self.covariate_table) if self.layers else {}
        for layer in self.named:
            pattern = str(layer.path)
            source = obtained_from(self.config, sources.get(layer.name, ""))
            what = f"{layer.name}: {layer.long_name}{f' ({source})' if source else ''}; put it "
            what += "there, or leave it out of covariates.names"
            about.setdefault(pattern, what)
        if self.config["covariates"]["sites"] is not None:
            about.setdefault(self.config["covariates"]["sites"]["path"], "covariates of profiles")
        patterns[COVARIATES] = sorted(about)
        for part, named in patterns.items():
            views = list(file_views(part, named, self.raw, self.config, self.made, about))
            self.found.files += views
            with self.findings.examining(part):
                require_files(part, named, self.raw, self.config, self.made)

    def _absent(self, part: str) -> str:
        """Why files of a part cannot be examined now; empty if they can."""
        views = [view for view in self.found.files if view.part == part]
        if self.twin and not (self.results / "raw.sha256").exists():
            return "the run makes its synthetic world first"
        if any(view.state == MISSING for view in views):
            return "files are missing"
        if any(view.state == DOWNLOAD for view in views):
            return "the run downloads files first"
        if not self.full and size_of(views, part) > READ_LIMIT:
            return f"{size_of(views, part) / 1e9:.1f} GB of files, which --full reads"
        return ""

    def _can_examine(self, part: str) -> bool:
        reason = self._absent(part)
        if reason:
            self.found.not_examined.append(f"{part}: {reason}")
            self.skipped.append(part)
        return not reason

    def _region(self) -> None:
        region = build(RegionSettings, self.config["region"])
        with self.findings.examining("region"):
            self.region = choose_region(region)
            # Cells of the globe take ten seconds, for nothing if there is no data for them.
            parts = (PROFILES, "land model", COVARIATES, MAPS)
            named = {view.part for view in self.found.files}
            if self.config["validation"] or any(
                part in named and not self._absent(part) for part in parts
            ):
                self.cells = make_cells(self.region, region.resolution, region.min_land_fraction)

    def _tables(self) -> None:
        settings = build(ProfileSettings, self.config["profiles"])
        if not self._absent(PROFILES):
            for source in configured_sources(settings, self.raw).values():
                if source["format"] == "table":
                    # What cannot be read is reported with the profiles.
                    with self.findings.examining(PROFILES, quiet=True):
                        self.found.tables += horizon_tables(source)
        sites = self.config["covariates"]["sites"]
        if sites is not None and not self._absent(COVARIATES):
            with self.findings.examining(COVARIATES, quiet=True):
                self.found.tables.append(covariate_table(sites, self.raw))
        for name, source in self.config["validation"].items():
            with self.findings.examining(POINTS, quiet=True):
                self.found.tables.append(point_table(name, source, self.raw))

    # --- what the run will use -------------------------------------------------------------------

    def _profiles(self) -> None:
        sites = pd.DataFrame({"longitude": [], "latitude": []}, dtype=float)
        if self.region is not None and self._can_examine(PROFILES):
            self.ledger = collect(self.config, self.raw, self.region, self.findings)
        if self.ledger is not None:
            sites = self.ledger.accepted_profiles()[["longitude", "latitude"]]
        forcing = without = covariates = None
        if self._can_examine("land model") and self.cells is not None:
            settings = self.config["forcing"]
            source = ConfiguredForcing(
                self.config["structure"],
                self.raw,
                settings["clm"],
                settings["npp"],
                settings["max_distance_km"],
            )
            if self._can_examine("net primary production"):
                coverage, forcing, without = coverage_of_forcing(
                    self.config, source, self.cells, sites, self.findings
                )
                self.found.coverage += coverage
        if self.kinds and self._can_examine(COVARIATES):
            covariates = self._covariates(sites)
        if self.ledger is None:
            return
        if not sites.empty:
            exclude(self.config, self.ledger, forcing, without, covariates)
        later = [
            part
            for part, known in ((FORCING, without), (COVARIATES, covariates))
            if known is None and (part is not COVARIATES or self.kinds)
        ]
        self.found.ledger = ledger_view(self.ledger, self.cells, later)
        if self.plan.all_learners and self.found.ledger.used:
            with self.findings.examining(PROFILES):
                minimum = self.config["learning"]["min_profiles"]
                require_enough(self.found.ledger.used, minimum, self.plan.all_learners)

    def _covariates(self, sites: pd.DataFrame) -> pd.DataFrame | None:
        # What the run makes of annual rasters is not there yet.
        there = [layer for layer in self.layers if layer.path.exists()]
        values = None
        if not sites.empty:
            config: Mapping[str, Any] = self.config
            if len(there) < len(self.layers):
                absent = {layer.name for layer in self.layers} - {layer.name for layer in there}
                names = [name for name in self.kinds if name not in absent]
                named = self.config["covariates"] | {"names": names}
                config = self.config | {"covariates": named}
            coverage, values = coverage_of_covariates(
                config,
                self.covariate_table,
                self.raw,
                sites,
                self.plan.all_learners,
                self.findings,
            )
            self.found.coverage += coverage
        if self.cells is not None and self.plan.all_mapped_learners:
            with self.findings.examining(COVARIATES):
                minimum = self.config["covariates"]["min_valid_fraction"]
                grid = grid_covariates(there, self.cells, minimum)
                lacking = {
                    str(name): len(self.cells) - int(grid[name].notnull().sum()) for name in grid
                }
                most = sorted(lacking.items(), key=lambda item: -item[1])[:3]
                self.found.coverage.append(
                    Coverage(
                        "grid cells with all covariates",
                        len(self.cells),
                        int(self.cells.from_grid(grid.to_array().notnull().all("variable")).sum()),
                        tuple((f"{name} missing", n) for name, n in most if n),
                    )
                )
        return values

    # --- what results are compared with ----------------------------------------------------------

    def _references(self) -> None:
        if not self.config["references"] or not self._can_examine(MAPS) or self.cells is None:
            return
        with self.findings.examining(MAPS):
            stocks = {
                name: reference_stocks(build_alternative(Reference, source), self.raw, self.cells)
                for name, source in self.config["references"].items()
            }
            reference_dataset(stocks, self.cells)

    def _points(self) -> None:
        if self.cells is None:
            return
        for name, source in self.config["validation"].items():
            with self.findings.examining(POINTS):
                points = read_point_stocks(source, self.raw, self.cells)
                counts = points["status"].value_counts()
                accepted = PointStatus.ACCEPTED.value
                self.found.coverage.append(
                    Coverage(
                        f"stocks of {name} on cells of the map",
                        len(points),
                        int(counts.get(accepted, 0)),
                        tuple((str(s), int(n)) for s, n in counts.items() if s != accepted),
                    )
                )

    def _results(self) -> None:
        self.found.results = list(planned_results(self.plan))
        if self.config["transient"] and not self.twin:
            self.found.not_examined.append("history through time: only the run reads it")

    # --- what it will take -----------------------------------------------------------------------

    def _estimates(self) -> None:
        ledger = self.found.ledger
        profiles = ledger.used if ledger else self.assumed or 0
        if ledger is None and self.twin:
            profiles = self.config["twin"]["n_profiles"]
        structure = get_structure(self.config["structure"])
        self.found.summary = [
            ("dataset", self.config["dataset"]),
            ("results", str(self.results)),
            ("raw data", str(self.raw)),
            ("model", f"{structure.name}: {structure.description}"),
            ("methods", ", ".join(self.plan.methods)),
        ]
        if self.region is None:
            return
        resolution = self.config["region"]["resolution"]
        cells = len(self.cells) if self.cells is not None else _centres(self.region, resolution)
        about = "" if self.cells is not None else "about "
        text = f"{self.region.name}: {about}{cells} grid cells of {resolution:g} degrees, "
        text += f"{self.region.area_m2 / 1e12:.3g} million km2"
        self.found.summary.append(("region", text))
        if not profiles:
            return
        size = Size(profiles, ledger.distinct_places if ledger else 0, cells)
        self.found.estimates = estimates(self.plan, size)
        self.found.former_run = former_run(self.results)


def _centres(region: Region, resolution: float) -> int:
    """Number of cells of the globe whose centre lies in a region."""
    lon = np.arange(-180 + resolution / 2, 180, resolution)
    lat = np.arange(-90 + resolution / 2, 90, resolution)
    east, north = np.meshgrid(lon, lat)
    return int(region.contains(east.ravel(), north.ravel()).sum())
