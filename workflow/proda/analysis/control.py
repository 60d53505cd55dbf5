"""Component control: the model with one mechanism or parameter held alike in all places.

The parameters of a mechanism, or a single one, get one value everywhere while all others stay as
they are predicted, and the result is compared with that of the full run. A place i has parameters
theta_i, annual input I_i and carbon C_i(theta_i):

    full                      theta_i
    a mechanism m             its parameters are the constant's, the others those of theta_i
    carbon input              in addition the amount of the input, whose depth and quality stay:
                              C_i I / I_i, as the model is linear in its input
    environment and climate   the parameters of the environment, and temperature, moisture, oxygen
                              and nitrogen by month and layer are means over the sites, so that the
                              modifier of every place has the same profile
    all parameters            all parameters are the constant's; input and climate stay
    a parameter               that one is the constant's; input and climate stay

The later study holds parameters only, and draws the amount of the input at random instead. What its
constant is, the mean of the sites' estimates, is one of three choices here
(``proda.config.sections.analysis.CHOICES``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from proda.arrays import Columns, Counts, FloatArray, Layers, Parameters, Theta
from proda.config.sections.analysis import CHOICES
from proda.errors import InputError
from proda.model import SoilModel
from proda.model.layout import (
    CWD_TOTAL,
    ENTRIES,
    L3_TOTAL,
    MONTHS,
    NPP_MAX,
    NPP_MIN,
    SOIL_LAYERS,
)
from proda.model.mechanisms import CARBON_INPUT, ENVIRONMENT, MECHANISMS, Mechanism, parameters_of
from proda.model.slots import INPUT_POSITION
from proda.model.structure import Structure

__all__ = [
    "COMPONENTS",
    "FULL",
    "MEAN_OF_SITES",
    "MEDIAN_OF_SITES",
    "POOLED_MEAN",
    "RANKED",
    "Component",
    "Constant",
    "annual_input",
    "component_label",
    "component_soc",
    "components_with",
    "constant_of_sites",
    "mean_climate",
]

MEAN_OF_SITES, POOLED_MEAN, MEDIAN_OF_SITES = CHOICES


@dataclass(frozen=True)
class Component:
    """What is held alike in all places.

    Parameters
    ----------
    name, label
        In tables and figures.
    mechanisms
        Those whose parameters are held.
    parameters
        Names of further parameters that are held.
    amount, climate
        Whether the amount of the input and the climate are held, too.
    """

    name: str
    label: str
    mechanisms: tuple[Mechanism, ...] = ()
    parameters: tuple[str, ...] = ()
    amount: bool = False
    climate: bool = False

    def held(self, structure: Structure) -> Counts:
        """Positions of the parameters that are held in the table of a structure."""
        own = [parameters_of(structure, mechanism) for mechanism in self.mechanisms]
        single = [structure.parameters.index(name) for name in self.parameters]
        return np.concatenate([*own, np.array(single, dtype=np.int64)])


FULL = Component("full", "Full run")
COMPONENTS = (
    FULL,
    *(Component(one.name, one.label, (one,), amount=one is CARBON_INPUT) for one in MECHANISMS),
    Component(
        f"{ENVIRONMENT.name}_and_climate",
        f"{ENVIRONMENT.label} and climate",
        (ENVIRONMENT,),
        climate=True,
    ),
    Component("all_parameters", "All parameters", MECHANISMS),
)
"""Those of every run."""
RANKED = tuple(
    one.name
    for one in COMPONENTS
    if len(one.mechanisms) == 1 and not one.amount and not one.climate
)
"""Names of the mechanisms that are compared: of those that hold parameters and nothing else."""


def components_with(parameters: Sequence[str]) -> tuple[Component, ...]:
    """COMPONENTS, and after them one for each of some parameters by its name."""
    single = (Component(name, component_label(name), parameters=(name,)) for name in parameters)
    return (*COMPONENTS, *single)


def component_label(name: str) -> str:
    """What figures call the component of that name."""
    labels = {one.name: one.label for one in COMPONENTS}
    return labels.get(name, name.replace("_", " "))


@dataclass(frozen=True)
class Constant:
    """Values that are held alike.

    Attributes
    ----------
    theta
        (parameters,) normalised.
    carbon_input
        g m-2 yr-1.
    """

    theta: Theta
    carbon_input: float


def annual_input(model: SoilModel, physical: Parameters, entries: Layers) -> Columns:
    """Carbon input of pairs of a parameter set and a column, (n,) g m-2 yr-1.

    Parameters
    ----------
    model
        The soil carbon model.
    physical
        (n, 26) physical vectors.
    entries
        (n, layers) row ENTRIES of each prepared column.
    """
    if model.switches.input_from_npp:
        lowest = entries[:, NPP_MIN]
        return np.asarray(
            lowest + physical[:, INPUT_POSITION] * (entries[:, NPP_MAX] - lowest), dtype=np.float64
        )
    return np.asarray(entries[:, CWD_TOTAL : L3_TOTAL + 1].sum(axis=1))


def constant_of_sites(
    model: SoilModel, choice: str, estimates: Theta, entries: Layers, pooled: Theta | None
) -> Constant:
    """The values that a choice holds alike.

    Parameters
    ----------
    model
        The soil carbon model.
    choice
        Of ``proda.config.sections.analysis.CHOICES``.
    estimates
        (n, parameters) of the sites; the amount of input is that of their mean or median.
    entries
        (n, layers) row ENTRIES of the sites' prepared columns.
    pooled
        (parameters,) mean of the posterior of all profiles, for the choice of that.

    Raises
    ------
    InputError
        For no site, and for input fractions that sum to 1 or more.
    """
    if not len(estimates):
        raise InputError("component control", "a site with estimates", "none")
    middle = np.median if choice == MEDIAN_OF_SITES else np.mean
    theta = middle(estimates, axis=0) if choice != POOLED_MEAN or pooled is None else pooled
    if not model.prior.feasible(theta[None])[0]:
        raise InputError(
            f"constant {choice} of component control",
            "input fractions that sum to less than 1",
            "1 or more",
            "leave it out of analysis.control.constants",
        )
    physical = np.repeat(model.prior.to_vector(theta[None]), len(entries), axis=0)
    return Constant(theta, float(middle(annual_input(model, physical, entries))))


def mean_climate(portions: Iterable[FloatArray]) -> FloatArray:
    """Mean of temperature, moisture, oxygen and nitrogen by month and layer, (rows, layers).

    Parameters
    ----------
    portions
        (n, rows, layers) prepared columns, some at a time. Layers below bedrock do not count; one
        that is below bedrock everywhere has the climate of the layer above it.
    """
    total, count = np.zeros(1), np.zeros(1)
    for columns in portions:
        layers = np.arange(columns.shape[2])
        inside = (layers < columns[:, ENTRIES, SOIL_LAYERS, None])[:, None]
        total = total + np.where(inside, columns[:, MONTHS:], 0.0).sum(axis=0)
        count = count + inside.sum(axis=0)
    deepest = np.maximum.accumulate(np.where(count[0] > 0, np.arange(count.shape[-1]), 0))
    return np.asarray((total / np.maximum(count, 1))[:, deepest])


def component_soc(
    model: SoilModel,
    component: Component,
    physical: Parameters,
    columns: FloatArray,
    column: Counts,
    constants: Sequence[Constant],
    of: Counts,
    climate: FloatArray,
) -> Layers:
    """SOC of pairs with a component held, (n, layers) gC m-3.

    NaN where a held input fraction and the other ones, as predicted, sum to 1 or more.

    Parameters
    ----------
    model
        The soil carbon model.
    component
        What is held.
    physical
        (n, 26) physical vectors of the full run.
    columns, column
        (m, rows, layers) prepared columns, and the (n,) index of each vector's.
    constants, of
        Constants, and the (n,) index of each vector's.
    climate
        Of ``mean_climate``.
    """
    prior = model.prior
    moved = physical.copy()
    theta = np.array([one.theta for one in constants])[of]
    own = component.held(model.structure)
    moved[:, prior.slots[own]] = prior.minimum[own] + theta[:, own] * prior.span[own]
    if component.climate:
        columns = columns.copy()
        columns[:, MONTHS:] = climate
    soc = model.soc(model.steady_state_in(moved, columns, column))
    if component.amount:
        amount = np.array([one.carbon_input for one in constants])[of]
        soc = soc * (amount / annual_input(model, moved, columns[column, ENTRIES]))[:, None]
    if component.parameters:
        fractions = moved[:, prior.slots[prior.fractions]]
        soc[fractions.sum(axis=1) >= 1.0] = np.nan
    return soc
