"""The 20-layer structure with monthly history and two sources of profiles, to the report."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

import own_data_files as own
from proda.config.sections.transient import SITE_MEAN
from proda.inference.site import Status
from proda.parameters.methods import DEFAULT, ONE_BATCH, methods_used
from workflow_runs import ROOT, UNDEMANDING, snakemake

pytestmark = pytest.mark.workflow


# What follows from draws does not depend on the structure: further methods would only take time.
USED = [DEFAULT.name, ONE_BATCH.name]


def test_all_tables_and_figures_with_litter_input(tmp_path):
    data = own.write_own_data(tmp_path / "data")
    pits = pd.read_csv(data / "neon_layers.csv")
    # Pits of the same ids at other places, and one of the first source.
    more = pits.assign(latitude=41.0 - pits["latitude"] % 1)
    copy = pits[pits["profile_id"] == "PIT_000"].assign(profile_id="copy")
    pd.concat([more, copy]).to_csv(data / "more.csv", index=False)
    own.write_clm5_history(data / "monthly.nc")
    config = yaml.safe_load((ROOT / "config" / "own_data.yaml").read_text())
    config |= {"structure": "clm5-20", "methods": USED, "validation": {}}
    table = config["profiles"].pop("source")
    config["profiles"]["sources"] = {"neon": table, "more": table | {"path": "more.csv"}}
    config["region"] = {"polygon": str(own.write_region(tmp_path / "region.geojson"))}
    config["covariates"]["table"] = str(ROOT / "config" / "own_covariates.csv")
    config["forcing"] = {"clm": {"files": ["monthly.nc"], "climatology": "product"}}
    config["assimilation"] |= {
        "certificate": UNDEMANDING,
        "profiles_per_job": 100,
        "site": {"budget": 100, "draws": 20},
        "one_batch": {"budget": 100, "draws": 20},
    }
    config["evaluation"] |= {"resamples": 10}
    # Three years through time, the last of them warmer and with more litter.
    for year, warming, litter in ((2000, 0.0, 1.0), (2001, 0.0, 1.0), (2002, 3.0, 1.2)):
        own.write_clm5_history(data / f"year_{year}.nc", year, warming, litter)
    (tmp_path / "air.csv").write_text("year,delta_14c\n2000,0\n2002,90\n")
    config["transient"] = {
        "forcing": {
            "files": ["year_*.nc"],
            "years": [2000, 2002],
            "base_years": [2000, 2001],
            "every": 3,
            "blocks": 1,
        },
        "methods": [ONE_BATCH.name, SITE_MEAN],
        "members": 2,
        "years_per_restart": 1,
        "radiocarbon": {"atmosphere": "air.csv"},
    }
    run = snakemake(tmp_path, config)
    assert run.returncode == 0, run.stderr
    results = tmp_path / "results" / "own_data"
    with xr.open_dataset(results / "assimilation" / "site_posteriors.nc") as sites:
        assert sites.sizes["profile"] == 13 and (sites.status == Status.FITTED).all()
    with xr.open_dataset(results / "assimilation" / "one_batch.nc") as batch:
        assert batch.sizes["parameter"] == 21 and batch.profiles == 13
        assert np.isfinite(batch["mean"]).all()
    profiles = pd.read_csv(results / "inputs" / "profiles.csv", index_col="profile_id")
    assert profiles.loc["more/copy", "duplicate_of"] == "neon/PIT_000"
    evaluated = pd.read_csv(results / "evaluation" / "profiles.csv")
    assert set(evaluated["source"]) == {"neon", "more"}
    table = pd.read_csv(results / "tables" / "table_1.csv")
    assert set(table["method"]) == set(methods_used(USED))
    assert table.loc[table["sites"] == "all", "r2"].notna().all()
    assert len(pd.read_csv(results / "tables" / "table_s1.csv")) == 21
    stocks = pd.read_csv(results / "tables" / "table_s3.csv")
    modelled = stocks[stocks["method"].isin(USED)]
    assert (modelled["total_pg"] > 0).all() and len(modelled)
    drawn = {path.stem for path in (results / "figures").glob("*.png")}
    assert drawn >= {f"figure_{name}" for name in ("2", "3", "4", "5", "s2", "s4", "s5")}
    for name in drawn:
        assert (results / "figures" / f"{name}.pdf").read_bytes().startswith(b"%PDF-")
    check_through_time(results)
    assert "does not agree" not in (results / "logs" / "catalog.log").read_text()
    maps = {path.stem for path in (results / "catalog" / "maps").iterdir()}
    assert f"{ONE_BATCH.name}_stocks" in maps and f"{SITE_MEAN}_all_change" in maps
    run = snakemake(tmp_path, config, "--report", "report.html")
    assert run.returncode == 0, run.stderr
    report = (tmp_path / "report.html").read_text()
    assert "table_1.csv" in report and "figure_s5.png" in report
    assert "transient_claim.csv" in report and "transient_series.png" in report


def check_through_time(results):
    """More carbon enters and more decomposes; both sets and all scenarios have files."""
    table = pd.read_csv(results / "tables" / "transient_attribution.csv")
    assert (table["input_pg"] >= 0).all() and (table["climate_pg"] <= 0).all()
    changes = pd.read_csv(results / "tables" / "transient_changes.csv")
    static = changes[changes["scenario"] == "static"]
    assert (static["change_pg"].abs() <= 1e-9 * static["start_pg"].max()).all()
    cells = pd.read_csv(results / "tables" / "transient_cells.csv")
    assert set(cells["status"]) == {"run"} and set(cells["set"]) == {ONE_BATCH.name, SITE_MEAN}
    drawn = {path.stem for path in (results / "figures").glob("transient_*.png")}
    names = ("series", "comparison", "initial", "maps", "attribution", "parts")
    assert drawn == {f"transient_{name}" for name in names}
    assert not list((results / "transient" / "restart").iterdir())
    folder = results / "transient" / "yearly"
    with xr.open_dataset(folder / f"{ONE_BATCH.name}_all.nc") as data:
        assert data.sizes["time"] == 3 and data.attrs["members"] == 2
        known = data["status"] == 0
        assert known.any() and (data["cSoil"].notnull() == known).all()
        soil = data["d14cSoil"].where(known, drop=True)
        assert (soil[0] < 0).all() and (soil[2] > soil[0]).all()
        assert data.attrs["largest_imbalance"] <= 1e-12
