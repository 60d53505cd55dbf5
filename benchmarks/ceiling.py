"""What a learner can reach on a twin at most: skill of the true law of the covariates.

    python benchmarks/ceiling.py results/twin [--draws 200] [--json]

The true parameters of the twin follow from covariates, and a part of their variance does not. A
learner that knew the law exactly could at best predict SOC of the explained parameters, or its mean
over the unexplained part, which is the best prediction by square errors. Both are run with the true
forcing and with the forcing that the workflow prepared, which is all that learners have, and scored
at the observed horizons of the used profiles beside the true SOC itself.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import xarray as xr
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.data.forcing import load_site_forcing
from proda.evaluation.pairs import read_pairs
from proda.evaluation.skill import skill
from proda.model import AnnualForcing, MatrixModel
from proda.model.prior import Prior
from proda.projection.inputs import load_sites
from proda.twin.parameters import MAX_LITTER_FRACTION, PARAMETERS

FORCING = ("npp_min", "npp_max", "active_layer_depth", "soil_temperature", "soil_water_potential")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a finished run of a twin")
    parser.add_argument("--draws", type=int, default=200, help="of the unexplained part")
    parser.add_argument("--json", action="store_true", help="print JSON")
    chosen = parser.parse_args()
    folder, model = chosen.results, MatrixModel("clm45-10")
    observations, forced = (
        folder / "assimilation" / "observations.nc",
        folder / "inputs" / "site_forcing.nc",
    )
    sites = load_sites(observations, forced)
    files = (folder / "evaluation" / name for name in ("pairs.csv.gz", "profiles.csv"))
    pairs = read_pairs(*files)
    profile = pairs.horizons["profile"].to_numpy()
    used = pairs.profiles["used"].to_numpy()[profile]
    observed = pairs.horizons["observed"].to_numpy()
    with xr.open_dataset(folder / "raw" / "truth" / "truth_sites.nc") as truth:
        known = [str(name) for name in truth["profile_id"].values]
        place = [known.index(name) for name in sites.ids]
        true, explained = (
            truth[name].values[place] for name in ("theta", "theta_without_site_variation")
        )
        share = float(truth.attrs["twin_unexplained_fraction"])
        exact = AnnualForcing(**{name: truth[name].values[place] for name in FORCING})
    prepared = load_site_forcing(forced)[1]
    rng = np.random.default_rng(1)
    spread = np.sqrt(share) * np.array([spread for _, spread, _ in PARAMETERS.values()])

    def at_horizons(theta, forcing):
        soc = model.soc(model.steady_state(theta, forcing))
        return (soc[profile] * sites.operator).sum(axis=1) / 1000.0

    def mean_over_draws(forcing):
        total = np.zeros(len(profile))
        for _ in range(chosen.draws):
            x = model.prior.to_transformed(explained) + spread * rng.normal(size=explained.shape)
            theta = model.prior.limit_fractions(Prior.from_transformed(x), MAX_LITTER_FRACTION)
            total += at_horizons(theta, forcing)
        return total / chosen.draws

    figures = {"horizons": int(used.sum()), "draws": chosen.draws}
    for name, forcing in (("true_forcing", exact), ("prepared_forcing", prepared)):
        for what, modelled in (
            ("true_parameters", at_horizons(true, forcing)),
            ("explained_parameters", at_horizons(explained, forcing)),
            ("mean_over_the_unexplained", mean_over_draws(forcing)),
        ):
            found = skill(observed[used], modelled[used])
            scores = {key: getattr(found, key) for key in ("r2", "r2_one_to_one", "rmse", "bias")}
            figures[f"{name}, {what}"] = {key: round(value, 3) for key, value in scores.items()}
    figures["machine"] = describe()
    if chosen.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        print(f"{name:45} {value}")


if __name__ == "__main__":
    main()
