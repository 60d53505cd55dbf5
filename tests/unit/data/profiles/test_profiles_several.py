"""Several sources in one ledger, pits that two of them hold, and the rules of the later study."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from proda.config.validation import validate_config
from proda.data.profiles import collect_profiles, read_horizons, read_ledger, write_horizons
from proda.errors import InputError

ROOT = Path(__file__).parents[4]
DEPTHS = (0, 10, 30, 60, 100)


def pit(name, lon, lat, carbon, depths=DEPTHS, date="2001-05-03"):
    """Rows of a pit with so much carbon in each horizon, g kg-1."""
    return [
        {
            "profile_id": name, "longitude": lon, "latitude": lat, "upper_depth_cm": top,
            "lower_depth_cm": bottom, "organic_carbon_g_kg": value, "bulk_density_kg_dm3": 1.3,
            "coarse_fragments_pct": 0.0, "horizon": "A", "date": date,
        }
        for top, bottom, value in zip(depths, depths[1:], carbon, strict=False)
    ]  # fmt: skip


def write(path, *pits):
    pd.DataFrame([row for rows in pits for row in rows]).to_csv(path, index=False)
    return {"format": "table", "path": path, "columns": {"date": "date"}}


CARBON = (30.0, 14.0, 6.5, 2.11)
OTHERS = [pit(f"x{k}", 20.0 + k, 50.0, np.array([25.0, 12, 5, 3]) + k) for k in range(4)]


@pytest.fixture
def sources(tmp_path):
    """Pit 1 of the second source is pit 7 of the first, with rounded coordinates and carbon; pit 2
    lies as near but has other carbon, pit 3 the same carbon 3 km away."""
    rounded = [round(value / 10, 1) * 10 + 0.04 for value in CARBON[:2]]
    first = write(tmp_path / "first.csv", pit("7", 10.0012, 60.0041, CARBON), *OTHERS)
    second = write(
        tmp_path / "second.csv",
        pit("1", 10.0, 60.0, rounded, date=""),
        pit("2", 10.0, 60.0, (31.0, 15.0, 6.5, 2.11)),
        pit("3", 10.05, 60.0, CARBON),
        pit("7", -100.0, 40.0, (20.0, 10.0, 5.0, 1.0)),
    )
    return {"wosis": first, "permafrost": second}


def test_ids_are_unique_and_the_source_follows_to_the_files(sources, tmp_path):
    ledger = collect_profiles(None, sources=sources)
    table = ledger.profile_table()
    assert {"wosis/7", "permafrost/7"} <= set(table.index) and len(table) == 9
    assert table.loc["permafrost/7", "source"] == "permafrost"
    files = [tmp_path / name for name in ("profiles.csv", "horizons.csv", "summary.csv")]
    ledger.write(*files)
    again = read_ledger(*files[:2])
    pd.testing.assert_frame_equal(again.profile_table(), table)
    write_horizons(again, tmp_path / "horizons.nc")
    data = read_horizons(tmp_path / "horizons.nc")
    found = dict(zip(data["profile_id"].values, data["source"].values, strict=True))
    assert found["permafrost/3"] == "permafrost" and found["wosis/x0"] == "wosis"


def test_a_pit_of_two_sources_is_kept_once_and_its_twin_named(sources):
    table = collect_profiles(None, sources=sources).profile_table()
    assert table.loc["permafrost/1", "status"] == "duplicate_in_source"
    assert table.loc["permafrost/1", "duplicate_of"] == "wosis/7"
    assert (table.drop("permafrost/1")["status"] == "accepted").all()
    assert (table.drop("permafrost/1")["duplicate_of"] == "").all()
    turned = dict(reversed(sources.items()))
    table = collect_profiles(None, sources=turned).profile_table()
    assert table.loc["wosis/7", "duplicate_of"] == "permafrost/1"  # the first source is preferred


def test_distance_and_dates_tell_pits_apart_and_the_search_can_be_left_out(sources, tmp_path):
    wider = collect_profiles(None, sources=sources, duplicate_distance_km=5.0).profile_table()
    assert set(wider.index[wider["status"] == "duplicate_in_source"]) == {
        "permafrost/1", "permafrost/3",
    }  # fmt: skip
    none = collect_profiles(None, sources=sources, duplicate_distance_km=None).profile_table()
    assert (none["status"] == "accepted").all()
    later = write(tmp_path / "later.csv", pit("1", 10.0, 60.0, CARBON, date="2012-05-03"), *OTHERS)
    other_day = collect_profiles(None, sources={**sources, "permafrost": later}).profile_table()
    assert other_day.loc["permafrost/1", "status"] == "accepted"
    assert other_day.loc["permafrost/x0", "duplicate_of"] == "wosis/x0"


def test_one_source_has_the_columns_and_reasons_it_had(sources):
    ledger = collect_profiles(sources["wosis"])
    assert not {"source", "duplicate_of"} & set(ledger.profile_table())
    assert "duplicate_in_source" not in ledger.summary().index
    assert "7" in ledger.profile_table().index


def test_neither_and_both_are_refused(sources):
    for source, several in ((None, None), (sources["wosis"], sources)):
        with pytest.raises(InputError, match="either one source or several"):
            collect_profiles(source, sources=several)
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    one = config["profiles"]["source"]
    config["profiles"] |= {"sources": {"wosis": one}}
    with pytest.raises(InputError, match="config profiles: expected either a key source or"):
        validate_config(config)
    del config["profiles"]["source"]
    config["profiles"]["exclude"] = None
    assert validate_config(config)["profiles"]["sources"]["wosis"]["path"] == one["path"]


def test_the_rules_of_the_later_study_are_reasons_of_their_own(tmp_path):
    good = pit("good", 10.0, 60.0, CARBON)
    rises = pit("rises", 11.0, 60.0, (20.0, 8.0, 19.0, 19.5))
    # The correlation is negative, the maximum at the bottom: thick layers in between hold little.
    bottom = pit("bottom", 12.0, 60.0, (20.0, 19.0, 5.0, 4.0, 20.5), (0, 5, 10, 40, 70, 90))
    least = pit("least", 13.0, 60.0, (10.0, 20.0, 12.0, 10.0))
    shallow = pit("shallow", 14.0, 60.0, (30.0, 14.0, 6.0), (0, 10, 30, 60))
    source = write(tmp_path / "all.csv", good, rises, bottom, least, shallow)
    plain = collect_profiles(source).profile_table()["status"]
    assert (plain == "accepted").all()
    ledger = collect_profiles(source, exclude="tao_2023")
    assert ledger.profile_table()["status"].to_dict() == {
        "good": "accepted",
        "rises": "tao_2023_rises_with_depth",
        "bottom": "tao_2023_most_at_bottom",
        "least": "tao_2023_least_at_top",
        "shallow": "tao_2023_shallow",
    }
    summary = ledger.summary()
    assert summary.loc["tao_2023_shallow", "meaning"].startswith("Tao et al. 2023")
    with pytest.raises(InputError, match="exclude: expected one of tao_2023"):
        collect_profiles(source, exclude="tao_2020")
