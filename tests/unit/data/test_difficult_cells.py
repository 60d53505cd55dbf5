"""Cells without usual soil, from a regional history to maps: a value, or a status with its reason.

Rock at the surface, permafrost, soil that never thaws, never is wet, hardly ever is, has no input,
or lies outside of what the history covers.
"""

import numpy as np
import pytest
import shapely

from clm_files import MONTH_DAYS, NODES_20, write_history
from proda.data.cells import make_cells
from proda.data.forcing import load_grid_forcing, write_forcing
from proda.data.forcing_merge import REASONS, grid_forcing
from proda.data.forcing_sources import on_cells, read_soil
from proda.data.land_model.litter.fluxes import REQUIRED
from proda.data.region import Region
from proda.model import MatrixModel
from proda.model.existence import columns_without_steady_state
from proda.model.processes import ProcessStatus, processes_of
from proda.model.processes.definitions import MAX_TURNOVER_TIME
from proda.projection.forward import project
from proda.projection.soc import DrawnSoc, Status

MODEL = MatrixModel("clm5-20")
NODE = NODES_20[:20]
SECONDS = 365 * 86400
LON, LAT = np.arange(10.25, 14.0, 0.5), np.array([60.25])
USUAL = {"TSOI": 280.0, "W_SCALAR": 0.5, "ALTMAX": 10.0, "nbedrock": 20.0, "litter": 50.0}
CELLS = {
    "usual": {},
    "rock": {"nbedrock": 1.0},
    "permafrost": {"TSOI": 268.0, "ALTMAX": 0.6, "W_SCALAR": np.where(NODE < 0.6, 0.2, 0.01)},
    "never thawed": {"TSOI": 255.0, "ALTMAX": 0.0, "W_SCALAR": 0.0},
    "never wet": {"W_SCALAR": 0.0},
    "hardly ever wet": {"W_SCALAR": 1e-6},
    "no input": {"litter": 0.0},
}
# Place of each in the map; the last one is beyond the history.
PLACES = [*CELLS, "beyond"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two years of a region of one row; litter by its fluxes."""
    folder = tmp_path_factory.mktemp("history")
    lon = LON[: len(CELLS)]

    def of_cells(name, levels=20):
        columns = [np.broadcast_to({**USUAL, **cell}[name], levels) for cell in CELLS.values()]
        return np.stack(columns, axis=-1)[None, :, None, :] * np.ones((24, 1, 1, 1))

    fields = {name: of_cells(name) for name in ("TSOI", "W_SCALAR")}
    fields["W_SCALAR"][..., 1] *= np.arange(20)[:, None] < 1  # 0 in rock
    fields |= {"O_SCALAR": np.full((24, 20, 1, lon.size), 0.9)}
    fields |= {name: of_cells("ALTMAX", 1)[:, 0] for name in ("ALTMAX", "ALTMAX_LASTYEAR")}
    litter = of_cells("litter", 1)[:, 0] / SECONDS
    fields |= dict.fromkeys(REQUIRED, litter)
    end = np.cumsum(np.resize(MONTH_DAYS, 24)).astype(float)
    bounds = np.stack([end - np.resize(MONTH_DAYS, 24), end], axis=1)
    grid = {"lat": LAT, "lon": lon, "nodes": NODES_20, "level": "levsoi"}
    units = dict.fromkeys(REQUIRED, "gC/m^2/s")
    rock = of_cells("nbedrock", 1)[0, 0]
    return [
        write_history(folder / "h0.nc", fields, bounds, units=units, **grid),
        write_history(folder / "surface.nc", {"nbedrock": rock}, **grid),
    ]


@pytest.fixture(scope="module")
def grid(files, tmp_path_factory):
    """Forcing of the cells; what is found in the map is by the name of the place."""
    west = LON[0] - 0.25
    cells = make_cells(Region("strip", shapely.box(west, 60, west + 4, 60.5), {}))
    soil = read_soil(
        "clm5-20", files, {"FPI_vr": {"value": 1}}, climatology="product", litter_input="fluxes"
    )
    forcing = grid_forcing(on_cells(soil, cells, "nearest", 20.0))
    path = tmp_path_factory.mktemp("forcing") / "grid_forcing.nc"
    write_forcing(forcing, path)
    reasons = {
        place: REASONS[int(code)]
        for place, code in zip(PLACES, cells.from_grid(forcing["no_forcing"]), strict=True)
    }
    number, columns = load_grid_forcing(path)
    return cells, reasons, [PLACES[k] for k in number], number, columns


def test_places_without_input_or_history_have_no_forcing_and_its_reason(grid):
    _, reasons, places, *_ = grid
    assert reasons == dict.fromkeys(PLACES, "has_forcing") | {
        "no input": "no_litter_input",
        "beyond": "no_soil_forcing",
    }
    assert set(places) == set(PLACES) - {"no input", "beyond"}


def test_maps_have_a_value_or_a_status_and_never_a_huge_number(grid):
    cells, _, _, number, columns = grid
    column = np.full(len(cells), -1)
    column[number] = np.arange(len(number))
    theta = np.full((1, 2, 21), 0.5)
    source = DrawnSoc(MODEL, lambda first, count: theta, 2, columns, column)
    found = project(source, MODEL.grid, land_area=cells.area_m2)
    status = {place: Status(code) for place, code in zip(PLACES, found.status, strict=True)}
    assert status == dict.fromkeys(PLACES, Status.PROJECTED) | {
        "never thawed": Status.NO_STEADY_STATE,
        "never wet": Status.NO_STEADY_STATE,
        "hardly ever wet": Status.BEYOND_ANY_SOIL,
        "no input": Status.NO_FORCING,
        "beyond": Status.NO_FORCING,
    }
    projected = found.status == Status.PROJECTED
    assert np.isnan(found.soc[:, ~projected]).all() and np.isnan(found.stock[:, ~projected]).all()
    assert (found.stock[0, projected, -1] < 4.6e6).all()
    assert (found.soc[0, PLACES.index("rock"), 1:] == 0).all()
    area = cells.area_m2[projected]
    np.testing.assert_allclose(
        found.total[0, -1], (found.stock[0, projected, -1] * area).sum() / 1e15, rtol=1e-12
    )


def test_columns_that_keep_their_carbon_say_where_and_why(grid):
    *_, places, _, columns = grid
    found = {
        places[one.row]: one.cause for one in columns_without_steady_state(columns, MODEL.switches)
    }
    assert found == {
        "never thawed": "a water scalar of 0 in all months",
        "never wet": "a water scalar of 0 in all months",
    }


def test_bulk_processes_of_these_cells_are_defined_or_have_a_status(grid):
    *_, places, _, columns = grid
    physical = MODEL.prior.to_vector(np.full((1, 21), 0.5))
    found = processes_of(MODEL, np.repeat(physical, len(columns), axis=0), columns)
    status = dict(zip(places, (ProcessStatus(code) for code in found.status), strict=True))
    assert status == {
        "usual": ProcessStatus.DEFINED,
        "rock": ProcessStatus.DEFINED,
        "permafrost": ProcessStatus.DEFINED,
        "never thawed": ProcessStatus.NO_STEADY_STATE,
        "never wet": ProcessStatus.NO_STEADY_STATE,
        "hardly ever wet": ProcessStatus.NO_TURNOVER,
    }
    defined = found.status == ProcessStatus.DEFINED
    assert np.isnan(found.values[~defined]).all()
    assert (found["turnover_time"][defined] < MAX_TURNOVER_TIME).all()
