"""Effective draws of the worst parameter per CPU second: this project's samplers and others.

    python -m venv peers; peers/bin/pip install -e . pandas emcee nutpie jax numpyro
    peers/bin/python benchmarks/peers.py [--profiles 10] [--dense 2] [--agreement 20]
                                         [--runs RESULTS ...] [--json]

Twin-like profiles (random climates, 3 to 8 horizons, errors of 30 % of the observation, unit
weights); every sampler has the same posterior, x with theta = Phi(x). Counted is all CPU time of a
profile, warm-up included, compilation excluded but for numpyro; the number of draws is the smaller
of bulk and tail ESS of the worst of 25 parameters. A profile that misses R-hat < 1.01 is counted
apart: its effective size means little.

    hmc           this project's, 4 chains a profile, all profiles in lanes
    random walk   adaptive Metropolis in the space of x, 4 x (20,000 + 30,000)
    paper         the study's preset, the same lengths
    emcee         64 walkers, moves by differential evolution (ter Braak), 10,000 steps
    nutpie        NUTS with this project's value and gradient, 4 chains
    numpyro       NUTS with a dense 70 x 70 model and automatic differentiation, 4 chains; the first
                  ``--dense`` profiles, as one takes minutes. Its time contains the compilation,
                  some 10 s of every profile, whose data are constants of its program

``--agreement``: means of hmc and of nutpie on so many profiles, in Monte-Carlo standard errors;
with ``--runs``, also on as many profiles of each finished run, evenly spaced among those it fits,
with its observations and forcing and the errors of the recommended preset, whose relative error
is one more mean.
"""

import argparse
import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from _profiles import MODEL, draw_forcing, draw_theta, observe

from proda.compiled import kernel
from proda.data.forcing import load_site_forcing
from proda.inference.convergence import diagnose
from proda.inference.hmc import run_hmc
from proda.inference.hmc_settings import HmcSettings
from proda.inference.horizon_lanes import ErrorSettings
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import PRESETS
from proda.inference.observations import Observations
from proda.inference.observations_file import open_observations
from proda.inference.profile_fit import site_options
from proda.inference.sampler import value_and_gradient
from proda.inference.site_lanes import site_lanes
from proda.inference.targets import log_density, site_target, to_theta

CHAINS = 4
D = len(MODEL.parameters)
ERROR = 0.3
HMC_DRAWS, NUTS_DRAWS, NUTS_WARM_UP = 1_000, 1_000, 600
WALKERS, EMCEE_STEPS = 64, 10_000
MAX_RHAT = 1.01


def make_profile(profile):
    """Prepared column and Observations, 30 % errors."""
    rng = np.random.default_rng([7, profile])
    forcing, truth = draw_forcing(rng), draw_theta(rng)
    seen, _ = observe(rng, forcing, truth, 1.0, "unit")
    soc = MODEL.soc(MODEL.steady_state(truth, forcing))[0]
    value = np.abs(seen.operator @ soc) * np.exp(ERROR * rng.normal(size=len(seen.value)))
    return MODEL.columns(forcing)[0], Observations(seen.operator, value, ERROR * value, seen.weight)


@dataclass(frozen=True)
class Source:
    """Profiles by number: their prepared column and Observations, and what errors these have."""

    profile: Callable[[int], tuple[np.ndarray, Observations]]
    errors: ErrorSettings

    @property
    def dimensions(self):
        return D + self.errors.estimated

    def lanes(self, profiles, chains):
        columns, observations = zip(*(self.profile(p) for p in profiles), strict=True)
        return site_lanes(MODEL, columns, observations, self.errors, chains)


MADE = Source(make_profile, ErrorSettings(relative=ERROR))


def source_of_run(results):
    """Profiles of a finished run and their positions, with the recommended errors."""

    def profile(i):
        with open_observations(results / "assimilation" / "observations.nc") as reader:
            observations = reader.observations(i)
        forcing = load_site_forcing(results / "inputs" / "site_forcing.nc", i, 1)[1]
        return MODEL.columns(forcing)[0], observations

    with open_observations(results / "assimilation" / "observations.nc") as reader:
        n = len(reader)
    return Source(profile, site_options().errors), n


def hmc(profiles, source=MADE):
    """Draws of all profiles; lanes are shared, and so is the time."""
    settings = HmcSettings()
    streams = [np.random.default_rng([p, c]) for p in profiles for c in range(CHAINS)]
    run = run_hmc(source.lanes(profiles, CHAINS), source.dimensions, streams, settings)
    x = run.draw(HMC_DRAWS).x
    return {p: x[k * CHAINS : (k + 1) * CHAINS] for k, p in enumerate(profiles)}


def walk(preset):
    def sample(profiles):
        settings, found = PRESETS[preset], {}
        for p in profiles:
            target = site_target(MODEL, *make_profile(p), settings.transformed)
            streams = [np.random.default_rng([p, c]) for c in range(CHAINS)]
            chains = [run_chain(target, D, settings, rng).draws for rng in streams]
            found[p] = np.stack(chains)[:, settings.steps // 2 :]
        return found

    return sample


@kernel
def _log_densities(points, target, values):
    for i in range(points.shape[0]):
        values[i] = log_density(points[i], target)


def emcee(profiles):
    import emcee as peer

    found = {}
    for p in profiles:
        target = site_target(MODEL, *make_profile(p))
        values = np.empty(WALKERS)

        def log_probability(points, target=target, values=values):
            _log_densities(np.ascontiguousarray(points), target, values[: len(points)])
            return values[: len(points)].copy()

        rng = np.random.default_rng(p)
        starts = []
        while len(starts) < WALKERS:
            x = rng.standard_normal((1, D))
            if np.isfinite(log_probability(x)[0]):
                starts.append(x[0])
        moves = [(peer.moves.DEMove(), 0.8), (peer.moves.DESnookerMove(), 0.2)]
        sampler = peer.EnsembleSampler(WALKERS, D, log_probability, moves=moves, vectorize=True)
        sampler._random = np.random.RandomState(p)
        sampler.run_mcmc(np.array(starts), EMCEE_STEPS)
        found[p] = sampler.get_chain(discard=EMCEE_STEPS // 2, thin=10).transpose(1, 0, 2)
    return found


@kernel
def _one_gradient(x, target, value, gradient):
    value_and_gradient(x, target, value, gradient)


def nutpie(profiles, source=MADE):
    import nutpie as peer
    from nutpie.compiled_pyfunc import from_pyfunc

    found, d = {}, source.dimensions
    for p in profiles:
        target = source.lanes([p], 1)

        def make_density(target=target):
            scratch = target.take(np.zeros(1, dtype=int))
            x, value, gradient = np.empty((d, 1)), np.empty(1), np.empty((d, 1))

            def density(point):
                x[:, 0] = point
                _one_gradient(x, scratch, value, gradient)
                return float(value[0]), gradient[:, 0].copy()

            return density

        def make_expand(*_):
            return lambda x: {"x": x}

        def start(seed, make_density=make_density):
            density, rng = make_density(), np.random.default_rng(seed)
            while not np.isfinite(density(x := rng.standard_normal(d))[0]):
                pass
            return x

        model = from_pyfunc(
            d,
            make_density,
            make_expand,
            [np.dtype(float)],
            [(d,)],
            ["x"],
            make_initial_point_fn=start,
        )
        trace = peer.sample(
            model,
            draws=NUTS_DRAWS,
            tune=NUTS_WARM_UP,
            chains=CHAINS,
            cores=1,
            seed=p,
            progress_bar=False,
        )
        found[p] = np.asarray(trace.posterior["x"].values)
    return found


def numpyro(profiles):
    import jax
    from _dense import dense_potential
    from numpyro.infer import MCMC, NUTS

    found = {}
    for p in profiles:
        column, observations = make_profile(p)
        potential = dense_potential(MODEL, column, observations, ERROR)
        target = site_target(MODEL, column, observations)
        rng, starts = np.random.default_rng(p), []
        while len(starts) < CHAINS:
            x, value = rng.standard_normal((1, D)), np.empty(1)
            _log_densities(x, target, value)
            if np.isfinite(value[0]):
                starts.append(x[0])
                # The same posterior, or there is nothing to compare.
                np.testing.assert_allclose(-potential(x[0]), value[0], rtol=1e-6)
        sampler = MCMC(
            NUTS(potential_fn=potential, dense_mass=True),
            num_warmup=NUTS_WARM_UP,
            num_samples=NUTS_DRAWS,
            num_chains=CHAINS,
            chain_method="sequential",
            progress_bar=False,
        )
        sampler.run(jax.random.PRNGKey(p), init_params=np.array(starts))
        found[p] = np.asarray(sampler.get_samples(group_by_chain=True))
    return found


PEERS = {
    "hmc": hmc,
    "random walk": walk("adaptive-metropolis"),
    "paper": walk("paper"),
    "emcee": emcee,
    "nutpie": nutpie,
    "numpyro": numpyro,
}


def measure(name, profiles):
    """Draws by profile and figures of one sampler."""
    if name != "numpyro":
        PEERS[name](profiles[:1])  # compiles
    start = process_time()
    found = PEERS[name](profiles)
    seconds = process_time() - start
    sizes, rhats = [], []
    for draws in found.values():
        theta = draws if name == "paper" else to_theta(np.ascontiguousarray(draws), True)
        result = diagnose(theta)
        sizes.append(min(result.ess_bulk.min(), result.ess_tail.min()))
        rhats.append(result.rhat.max())
    per_profile = seconds / len(profiles)
    return found, {
        "profiles": len(profiles),
        "seconds_per_profile": round(per_profile, 4),
        "least_ess_median": round(float(np.median(sizes)), 1),
        "ess_per_second_median": round(float(np.median(sizes)) / per_profile, 1),
        "ess_per_second_range": [
            round(float(x) / per_profile, 1) for x in np.quantile(sizes, [0, 1])
        ],
        "worst_rhat_median": round(float(np.median(rhats)), 3),
        "profiles_below_1.01": int((np.array(rhats) < MAX_RHAT).sum()),
    }


def agreement(profiles, source=MADE):
    """Differences of the means of hmc and nutpie, in Monte-Carlo standard errors."""
    ours, theirs = hmc(profiles, source), nutpie(profiles, source)
    z = []
    for p in profiles:
        a, b = (to_theta(np.ascontiguousarray(x[p]), True) for x in (ours, theirs))
        error = np.hypot(diagnose(a).mcse_mean, diagnose(b).mcse_mean)
        z.append((a.mean(axis=(0, 1)) - b.mean(axis=(0, 1))) / error)
    z = np.array(z)
    return {
        "profiles": len(profiles),
        "largest": round(float(np.abs(z).max()), 2),
        "standard_deviation": round(float(z.std()), 3),
        "profiles_within_4": int((np.abs(z) < 4.0).all(axis=1).sum()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profiles", type=int, default=10)
    parser.add_argument("--dense", type=int, default=2, help="of them, by numpyro")
    parser.add_argument("--agreement", type=int, default=20, help="profiles, 0: none")
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help="finished results")
    parser.add_argument("--only", choices=PEERS, action="append")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    figures = {"profiles": options.profiles}
    for name in options.only or PEERS:
        n = min(options.profiles, options.dense) if name == "numpyro" else options.profiles
        _, figures[name] = measure(name, list(range(n)))
        print(f"{name}: {figures[name]}", file=sys.stderr, flush=True)
    if options.agreement:
        figures["agreement"] = agreement(list(range(options.agreement)))
        for results in options.runs:
            source, n = source_of_run(results)
            chosen = np.linspace(0, n - 1, min(options.agreement, n), dtype=int)
            figures[f"agreement, {results.name}"] = agreement(chosen.tolist(), source)
    figures["machine"] = describe()
    print(json.dumps(figures, indent=2) if options.json else figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
