"""Layers of the map that have values at the profiles: residuals, posteriors, certificates."""

from collections.abc import Mapping, Sequence

from proda.explorer.payload import STOCK_UNIT, Choice, Group, Payload, Values
from proda.inference.evidence import QUANTILES
from proda.model.parameters import ParameterTable

__all__ = ["add_posterior_layers", "add_residuals"]

MEDIAN = QUANTILES.index(0.5)


def add_residuals(payload: Payload, methods: Sequence[str], labels: Mapping[str, str]) -> None:
    """Add modelled minus observed storage of the observed horizons.

    Parameters
    ----------
    payload
        To which is added; it has the storage already.
    methods
        As `proda.explorer.profiles.add_storage` returned them.
    labels
        What they are called.
    """
    kinds = {"absolute": "Modelled − observed", "relative": "Relative to the observed"}
    group = Group(
        "residual",
        "Residual at the profiles",
        "Modelled minus observed mass of organic carbon in the observed horizons of a profile: red "
        "where the method has more. Of a learner, “held out” are its predictions for blocks "
        "without whose profiles it was trained.",
        [
            Choice("method", "Method", {name: labels[name] for name in methods}),
            Choice("kind", "Shown", kinds),
        ],
    )
    observed = Values("profile.storage")
    for k, name in enumerate(methods, start=1):
        values = Values("profile.storage", k)
        title = f"Modelled − observed SOC, {labels[name]}"
        more = {"less": observed, "where": "profiles"}
        group.add((name, "absolute"), values, title, STOCK_UNIT, "deviation", **more)
        more["per"] = observed
        group.add((name, "relative"), values, title, "% of observed", "deviation", **more)
    payload.groups.append(group)


def add_posterior_layers(
    payload: Payload, table: ParameterTable, words: Mapping[str, str], stocks: Sequence[str]
) -> None:
    """Add what each profile's own posterior says: stocks, parameters, contraction, certificate.

    Parameters
    ----------
    payload
        To which is added; it has the posteriors already.
    table
        Parameters of the structure.
    words
        Names of the parameters.
    stocks
        Names of the stocks, whose last part is the depth.
    """
    named = {name: f"SOC 0–{name.rpartition('_')[2].replace('cm', ' cm')}" for name in stocks}
    options = {
        **{f"{name}.mean": label for name, label in named.items()},
        **{f"{name}.sd": f"{label}: standard deviation" for name, label in named.items()},
        "r2": "R² of the posterior mean",
        "certified": "Certificate",
        **{f"median.{name}": f"{words[name]}: median" for name in table.names},
        **{f"contraction.{name}": f"{words[name]}: contraction" for name in table.names},
    }
    group = Group(
        "posterior",
        "Posterior at the profiles",
        "What the horizons of each profile by themselves say, by Bayesian data assimilation.",
        [Choice("quantity", "Quantity", options)],
    )
    where = {"where": "profiles"}
    for k, (name, label) in enumerate(named.items()):
        title = f"{label}, posterior mean of each profile"
        values = Values("profile.site_stock", k)
        group.add((f"{name}.mean",), values, title, STOCK_UNIT, **where)
        title = f"{label}, posterior standard deviation of each profile"
        values = Values("profile.site_stock", len(named) + k)
        group.add((f"{name}.sd",), values, title, STOCK_UNIT, "spread", **where)
    group.add(("r2",), Values("certificate.r2"), "R² against the 1:1 line", "", **where)
    group.add(("certified",), Values("certificate.certified"),
              "Posteriors with certificate", "", "applicable", **where)  # fmt: skip
    n = len(table)
    for k, name in enumerate(table.names):
        title = f"{words[name]}, posterior median (0 and 1: bounds of the prior)"
        group.add((f"median.{name}",), Values("profile.theta", MEDIAN * n + k), title, "", **where)
        title = f"{words[name]}, contraction of the prior"
        group.add((f"contraction.{name}",), Values("profile.contraction", k), title, "", **where)
    payload.groups.append(group)
