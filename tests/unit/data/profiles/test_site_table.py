"""Profiles whose places are in a table of their own: the join, and what becomes of the rest."""

import pytest
import shapely

from proda.data.profiles import collect_profiles
from proda.data.region import Region
from proda.errors import InputError

BOX = Region("box", shapely.box(-125, 24, -66, 50), {}).contains
HORIZONS = [
    "survey;pit;from;to;oc",
    *(f"S1;{pit};{top};{bottom};{oc}" for pit in "ABC" for top, bottom, oc in
      ((0, 10, 25), (10, 30, 12), (30, 60, 6))),
    "S2;A;0;20;30",
    "S2;A;20;50;9",
]  # fmt: skip
SITES = [
    "source,code,E,N,sampled",
    "S1,A,-100.5,40.5,2011-05-03",
    "S1,B,-101.5,41.5,",
    "S2,A,-99.5,39.5,2012-06-04",
    "S2,Z,-98.5,38.5,",
]


@pytest.fixture
def source(tmp_path):
    def write(horizons=HORIZONS, sites=SITES, **changes):
        (tmp_path / "horizons.csv").write_text("\n".join(horizons) + "\n")
        (tmp_path / "sites.csv").write_text("\n".join(sites) + "\n")
        columns = {
            "profile_id": ["survey", "pit"], "upper_depth": "from", "lower_depth": "to",
            "organic_carbon": "oc", "bulk_density": None, "coarse_fragments": None, "horizon": None,
        }  # fmt: skip
        names = {"profile_id": ["source", "code"], "longitude": "E", "latitude": "N"}
        found = {
            "format": "table",
            "path": tmp_path / "horizons.csv",
            "separator": ";",
            "columns": columns,
            "sites": {"path": tmp_path / "sites.csv", "columns": names | {"date": "sampled"}},
        }
        return found | changes

    return write


def test_horizons_and_sites_are_joined_by_an_id_of_two_columns(source):
    ledger = collect_profiles(source(), BOX)
    places = ledger.profiles[["longitude", "latitude", "n_horizons", "date"]]
    assert places.loc["S1/A"].to_list() == [-100.5, 40.5, 3, "2011-05-03"]
    assert places.loc["S2/A"].to_list() == [-99.5, 39.5, 2, "2012-06-04"]
    assert ledger.profiles["status"].astype(str).to_dict() == {
        "S1/A": "accepted",
        "S1/B": "accepted",
        "S1/C": "no_site",
        "S2/A": "accepted",
        "S2/Z": "no_horizons",
    }
    summary = ledger.summary()
    assert summary.loc["no_site", ["profiles", "horizons"]].to_list() == [1, 3]
    assert summary.loc["total", ["profiles", "horizons"]].to_list() == [5, 11]


def test_a_site_twice(source):
    """A copy is one site; two places of one profile are none."""
    twice = [*SITES, SITES[1], SITES[2].replace("41.5", "41.6")]
    profiles = collect_profiles(source(sites=twice), BOX).profiles
    assert profiles["status"].astype(str)[["S1/A", "S1/B"]].to_list() == [
        "accepted",
        "several_places",
    ]


def test_ids_that_are_written_in_another_way(source):
    other = [row.replace(",A,", ",a,").replace(",B,", ",b,") for row in SITES]
    message = r"4 of 4 profiles of .*absent, e.g. 'S1/A'.*; sites without horizons are 'S1/a'"
    with pytest.raises(InputError, match=message):
        collect_profiles(source(sites=other), BOX)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"longitude": "E"}, r"source.columns.longitude: expected no such column here, found 'E'"),
        ({"depth": "from"}, r"source.columns.upper_depth: .*either depth, or upper_depth"),
    ],
)
def test_settings_that_contradict_each_other(source, columns, message):
    settings = source()
    with pytest.raises(InputError, match=message):
        collect_profiles(settings | {"columns": settings["columns"] | columns}, BOX)


def test_a_site_without_name_and_one_without_number(source):
    with pytest.raises(InputError, match=r"sites.csv, line 5: expected a profile_id_2"):
        collect_profiles(source(sites=[*SITES[:-1], "S2,,-98.5,38.5,"]), BOX)
    unreadable = [*SITES[:1], SITES[1].replace("-100.5", "west"), *SITES[2:]]
    profiles = collect_profiles(source(sites=unreadable), BOX).profiles
    assert profiles["status"].astype(str)["S1/A"] == "invalid_coordinates"
    with pytest.raises(InputError, match=r"source.sites: expected keys among .*'colums'"):
        collect_profiles(source() | {"sites": {"path": "x", "colums": {}}}, BOX)
