"""The register of mechanisms that govern soil carbon: their parameters and their bulk values.

Tao et al. 2023 group the parameters of the model into mechanisms and ask which of them determines
soil carbon. A mechanism has parameters, which a structure's parameter table names in its column
``process``, and a value in each column, one of ``proda.model.processes``. Two things are decided
here. The depth distribution of the carbon input is a mechanism of its own, apart from the other
parameters of carbon input. Where these exist (the position between minimum and maximum NPP, and the
shares of litter pools and wood), they belong to carbon input: its amount and its quality. Where the
land model gives the input, the mechanism has no parameters.
"""

from dataclasses import dataclass

import numpy as np

from proda.arrays import Counts
from proda.errors import InputError
from proda.model.slots import INPUT_BETA, PARAMETERS
from proda.model.structure import Structure

__all__ = [
    "CARBON_INPUT",
    "CARBON_USE_EFFICIENCY",
    "DECOMPOSITION",
    "ENVIRONMENT",
    "INPUT_DEPTH",
    "MAPPED_VALUES",
    "MECHANISMS",
    "VERTICAL_TRANSPORT",
    "Mechanism",
    "get_mechanism",
    "mechanism_of_parameters",
    "parameters_of",
]


@dataclass(frozen=True)
class Mechanism:
    """A mechanism of soil carbon.

    Parameters
    ----------
    name
        In tables and files.
    label
        In figures.
    process
        What the parameter table calls the group of its parameters.
    value
        Bulk process that is its value in a column.
    later_code_value
        The same as the later code defines it.
    """

    name: str
    label: str
    process: str
    value: str
    later_code_value: str


CARBON_INPUT = Mechanism(
    "carbon_input", "Carbon input", "carbon input", "carbon_input", "carbon_input"
)
INPUT_DEPTH = Mechanism(
    "input_depth", "Input depth", "carbon input", "input_mean_depth", "input_beta_later_code"
)
DECOMPOSITION = Mechanism(
    "decomposition",
    "Baseline decomposition",
    "decomposition",
    "decomposition_rate",
    "decomposition_rate",
)
CARBON_USE_EFFICIENCY = Mechanism(
    "carbon_use_efficiency",
    "Carbon use efficiency",
    "carbon use efficiency",
    "carbon_use_efficiency",
    "carbon_use_efficiency_later_code",
)
VERTICAL_TRANSPORT = Mechanism(
    "vertical_transport",
    "Vertical transport",
    "vertical transport",
    "transport_rate",
    "transport_rate",
)
ENVIRONMENT = Mechanism(
    "environment",
    "Environmental modifiers",
    "environment",
    "environmental_modifier",
    "environmental_modifier_later_code",
)

# In the order of all tables and figures.
MECHANISMS = (
    CARBON_INPUT,
    INPUT_DEPTH,
    DECOMPOSITION,
    CARBON_USE_EFFICIENCY,
    VERTICAL_TRANSPORT,
    ENVIRONMENT,
)

MAPPED_VALUES = tuple(mechanism.value for mechanism in MECHANISMS if mechanism is not CARBON_INPUT)
"""Values of the five mechanisms that the later study maps: without the amount of carbon input."""


def get_mechanism(name: str) -> Mechanism:
    """The mechanism of that name. Raises InputError for an unknown one."""
    for mechanism in MECHANISMS:
        if mechanism.name == name:
            return mechanism
    names = ", ".join(mechanism.name for mechanism in MECHANISMS)
    raise InputError("mechanism", f"one of {names}", repr(name))


def mechanism_of_parameters(structure: Structure) -> tuple[Mechanism, ...]:
    """The mechanism of each parameter of a structure, in the order of its table."""
    table = structure.parameters
    beta = PARAMETERS[INPUT_BETA]
    found = []
    for name, process in zip(table.names, table.processes, strict=True):
        own = [one for one in MECHANISMS if one.process == process]
        if len(own) > 1:
            own = [one for one in own if (one is INPUT_DEPTH) == (name == beta)]
        found.extend(own)
    return tuple(found)


def parameters_of(structure: Structure, mechanism: Mechanism) -> Counts:
    """Positions of a mechanism's parameters in the structure's table; none for a given input."""
    every = mechanism_of_parameters(structure)
    return np.flatnonzero([one is mechanism for one in every])
