"""The register of mechanisms covers the parameters of every structure, each once."""

import numpy as np
import pytest

from proda.errors import InputError
from proda.model.mechanisms import (
    CARBON_INPUT,
    INPUT_DEPTH,
    MECHANISMS,
    get_mechanism,
    mechanism_of_parameters,
    parameters_of,
)
from proda.model.processes import PROCESSES
from proda.model.structures import GLOBAL, STRUCTURES, get_structure

# The groups of the later study, numbers of its parameters from 1.
LATER_STUDY = {
    "carbon_input": [],
    "input_depth": [21],
    "decomposition": [5, 6, 7, 8, 9, 10],
    "carbon_use_efficiency": [11, 12, 13, 14, 15, 16, 17, 18, 19],
    "vertical_transport": [1, 2],
    "environment": [3, 4, 20],
}


def test_the_groups_of_the_later_study():
    structure = get_structure(GLOBAL)
    found = {one.name: list(parameters_of(structure, one) + 1) for one in MECHANISMS}
    assert found == LATER_STUDY


@pytest.mark.parametrize("name", STRUCTURES)
def test_every_parameter_belongs_to_one_mechanism(name):
    structure = get_structure(name)
    every = np.concatenate([parameters_of(structure, one) for one in MECHANISMS])
    assert sorted(every) == list(range(len(structure.parameters)))
    assert len(mechanism_of_parameters(structure)) == len(structure.parameters)
    amount = [structure.parameters.names[k] for k in parameters_of(structure, CARBON_INPUT)]
    assert len(amount) == (4 if structure.input_from_npp else 0)
    depth = [structure.parameters.names[k] for k in parameters_of(structure, INPUT_DEPTH)]
    assert depth == ["input_beta"]


def test_values_are_processes_and_names_are_known():
    names = {process.name for process in PROCESSES}
    for mechanism in MECHANISMS:
        assert {mechanism.value, mechanism.later_code_value} <= names
        assert get_mechanism(mechanism.name) is mechanism
    with pytest.raises(InputError, match="expected one of carbon_input"):
        get_mechanism("erosion")
