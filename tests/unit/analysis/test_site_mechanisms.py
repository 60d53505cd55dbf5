"""Values of the mechanisms in posteriors: statistics of direct runs, and places without values."""

import numpy as np
import pytest

from model_cases import DRAWS, prior_draws
from proda.analysis.site_mechanisms import (
    mechanisms_of_places,
    read_site_mechanisms,
    write_site_mechanisms,
)
from proda.model import MatrixModel
from proda.model.mechanisms import CARBON_INPUT, MECHANISMS
from proda.model.processes import ProcessStatus, processes_of
from proda.parameters.draws import write_draws
from proda.projection.process_maps import DrawnProcesses
from proda.projection.soc import DrawnSoc, Status
from projection_cases import forcing_of, write_site_inputs
from site_cases import MODEL, random_theta

N, COUNT = 3, 40


@pytest.mark.parametrize("structure", DRAWS)
def test_statistics_are_those_of_direct_runs(structure):
    model, rng = MatrixModel(structure), np.random.default_rng(4)
    forcing = DRAWS[structure](12, seed=3)[1]
    theta = 0.3 + 0.4 * np.stack([prior_draws(structure, COUNT, rng) for _ in range(12)])
    theta[1] = np.nan
    source = DrawnProcesses(DrawnSoc(model, lambda k, n: theta[k : k + n], COUNT, forcing))
    found = mechanisms_of_places(source)
    assert found.status[1] == Status.NO_PARAMETERS and np.isnan(found.mean[1]).all()
    defined = (found.status == 0) & (found.process_status == ProcessStatus.DEFINED)
    assert defined.sum() >= 4
    for i in np.flatnonzero(defined):
        values = processes_of(model, model.physical(theta[i]), forcing.take([i]))
        logs = np.log([values[one.value] for one in MECHANISMS])
        np.testing.assert_allclose(found.mean[i], np.exp(logs).mean(axis=1), rtol=1e-10)
        varies = logs.std(axis=1) > 1e-9
        np.testing.assert_allclose(found.log_sd[i, varies], logs.std(axis=1)[varies], rtol=1e-6)
        expected = np.corrcoef(logs[varies])
        np.testing.assert_allclose(found.correlation[i][varies][:, varies], expected, atol=1e-9)
        given = MECHANISMS.index(CARBON_INPUT)
        if not model.structure.input_from_npp:
            assert found.log_sd[i, given] == 0 and np.isnan(found.correlation[i, given]).all()


def test_the_file_holds_the_values_of_every_site(tmp_path):
    rng = np.random.default_rng(7)
    forcing, ids = forcing_of(rng, N), ["a", "b", "c"]
    inputs = write_site_inputs(tmp_path, ids, forcing, rng)[:2]
    theta = np.stack([random_theta(rng, N) for _ in range(COUNT)])
    write_draws(tmp_path / "draws.nc", MODEL, theta_profile=theta, profile_ids=ids)
    found = write_site_mechanisms(
        MODEL, tmp_path / "draws.nc", *inputs, tmp_path / "sites.nc", max_draws=10
    )
    file = read_site_mechanisms(tmp_path / "sites.nc")
    assert list(file["profile_id"].values) == ids and file.attrs["draws"] == 10
    np.testing.assert_array_equal(file["mean"], found.mean)
    np.testing.assert_array_equal(file["correlation"], found.correlation)
    np.testing.assert_array_equal(file["status"], found.status)
    chosen = theta[[2, 6, 10, 14, 18, 22, 26, 30, 34, 38]]
    np.testing.assert_allclose(file["theta_sd"], chosen.std(axis=0), rtol=1e-12)
