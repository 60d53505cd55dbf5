"""The posterior of a profile as others would write it: a dense 70 x 70 system in JAX.

For comparison only. The ten-layer structure with errors in proportion to the observation; forcing
comes as the prepared column of the model, derivatives from automatic differentiation.
"""

import jax
import jax.numpy as jnp
import numpy as np

from proda.model.layout import (
    BIOTURBATION_CONDUCTANCE,
    CRYOTURBATION_CONDUCTANCE,
    ENTRIES,
    FLOOR_CONDUCTANCE,
    INPUT_INTERFACE,
    MONTHS,
    NODE,
    NPP_MAX,
    NPP_MIN,
    OXYGEN,
    SURFACE_INPUT,
    TEMPERATURE,
    THICKNESS,
    WATER,
)

jax.config.update("jax_enable_x64", True)

CWD, L1, L2, L3, S1, S2, S3 = range(7)


def dense_potential(model, column, observations, relative_error):
    """Minus the log posterior density of x (25,), for NUTS; infinite outside of the prior."""
    lowest, span = jnp.array(model.prior.minimum), jnp.array(model.prior.span)
    index = {name: k for k, name in enumerate(model.parameters.names)}
    grid, column = jnp.array(model.grid_rows), jnp.array(column)
    operator, value = jnp.array(observations.operator), jnp.array(observations.value)
    precision = jnp.array(observations.weight) / (relative_error * value) ** 2
    floor, driest = model.switches.water_scalar_floor, model.switches.driest_water_potential
    dry = model.switches.dry_water_scalar
    n = grid.shape[1]
    places = np.arange(n)

    def soc(p):
        thickness, entries = grid[THICKNESS], column[ENTRIES]
        wet = jnp.log(driest / p("saturated_water_potential"))
        dryness = column[MONTHS + WATER]
        water = jnp.where(dryness >= wet, 1.0, jnp.where(dryness < 0.0, dry, dryness / wet))
        scalar = jnp.maximum(water, floor) * column[MONTHS + OXYGEN]
        scalar *= jnp.exp(jnp.log(p("q10")) * column[MONTHS + TEMPERATURE])
        scalar *= jnp.exp(-grid[NODE] / p("decomposition_efolding_depth"))
        turnover = ("cwd", "metabolic_litter", "structural_litter", "structural_litter")
        turnover += ("fast_soc", "slow_soc", "passive_soc")
        rates = [scalar / (365.0 * p(f"{name}_turnover_time")) for name in turnover]
        below = column[FLOOR_CONDUCTANCE]
        below += p("bioturbation_diffusivity") * column[BIOTURBATION_CONDUCTANCE]
        below += p("cryoturbation_diffusivity") * column[CRYOTURBATION_CONDUCTANCE]
        above = jnp.concatenate([jnp.zeros(1), below[:-1]])
        below = below.at[n - 1].set(0.0)
        transport = jnp.diag((above + below) / thickness)
        transport -= jnp.diag((above / thickness)[1:], -1) + jnp.diag((below / thickness)[:-1], 1)
        transfers = {
            (L2, CWD): p("cwd_to_cellulose"), (L3, CWD): 1.0 - p("cwd_to_cellulose"),
            (S1, L1): p("metabolic_to_fast"), (S1, L2): p("cellulose_to_fast"),
            (S2, L3): p("lignin_to_slow"), (S2, S1): p("fast_to_slow"),
            (S3, S1): p("fast_to_passive"), (S1, S2): p("slow_to_fast"),
            (S3, S2): p("slow_to_passive"), (S1, S3): p("passive_to_fast"),
        }  # fmt: skip
        matrix = jnp.zeros((7, n, 7, n))
        for donor in range(7):
            matrix = matrix.at[donor, places, donor, places].add(rates[donor])
            if donor != CWD:
                matrix = matrix.at[donor, :, donor, :].add(transport)
        for (receiver, donor), fraction in transfers.items():
            matrix = matrix.at[receiver, places, donor, places].add(-fraction * rates[donor])
        left = jnp.exp(100.0 * jnp.log(p("input_beta")) * grid[INPUT_INTERFACE])
        profile = jnp.concatenate([jnp.ones(1), left[:-1]]) - left
        profile = jnp.where(entries[SURFACE_INPUT] > 0.0, places == 0, profile / profile.sum())
        shares = [p(f"input_to_{name}") for name in ("metabolic", "cellulose", "lignin")]
        amount = entries[NPP_MIN] + p("input_position") * (entries[NPP_MAX] - entries[NPP_MIN])
        inputs = jnp.stack([1.0 - sum(shares), *shares])[:, None] * amount
        load = jnp.zeros((7, n)).at[: L3 + 1].set(inputs * profile / (365.0 * thickness))
        pools = jnp.linalg.solve(matrix.reshape(7 * n, 7 * n), load.reshape(7 * n))
        return pools.reshape(7, n)[S1:].sum(axis=0)

    def potential(x):
        physical = lowest + jax.scipy.special.ndtr(x) * span

        def p(name):
            return physical[index[name]]

        misfit = operator @ soc(p) - value
        fractions = sum(p(f"input_to_{name}") for name in ("lignin", "metabolic", "cellulose"))
        energy = 0.5 * (x @ x + precision @ misfit**2)
        return jnp.where(fractions < 1.0, energy, jnp.inf)

    return potential
