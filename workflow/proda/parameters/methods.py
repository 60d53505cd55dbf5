"""The methods that are compared, in the order of all tables and figures.

Tao et al. 2020 compare five; the random forest is no method of the paper but the baseline that the
neural network has to beat.
"""

from dataclasses import dataclass

__all__ = ["BLOCKED", "BLOCKED_NAMES", "BLOCKED_PATTERN", "METHODS", "Method"]


@dataclass(frozen=True)
class Method:
    """How SOC is generated from the model.

    label: in tables and figures. colour: of Okabe and Ito 2008. homogeneous: one distribution of
    parameters, estimated from all profiles, serves every place. has_map: can be projected to places
    without a profile.
    """

    name: str
    label: str
    colour: str
    homogeneous: bool = False
    has_map: bool = True


METHODS = {
    method.name: method
    for method in (
        Method("default", "CLM5 default", "#000000"),
        Method("one_batch", "One-batch", "#0072B2", homogeneous=True),
        Method("random_sampling", "Random sampling", "#E69F00", homogeneous=True),
        Method("neural_network", "Neural network", "#D55E00"),
        Method("random_forest", "Random forest", "#009E73"),
        Method("site_by_site", "Site by site", "#CC79A7", has_map=False),
    )
}

# Blocked variants: a learner also predicts each profile without having seen its spatial block.
# Files and columns of these predictions have a name of their own.
BLOCKED_PATTERN = "{learner}_blocks"
BLOCKED_NAMES = {
    name: BLOCKED_PATTERN.format(learner=name) for name in ("neural_network", "random_forest")
}
BLOCKED = {name: METHODS[learner] for learner, name in BLOCKED_NAMES.items()}
