"""Table S1: what is known of every parameter, by method.

Means, standard deviations and variances over the used profiles. Variances are of theta, the
parameter scaled to its prior range, as those the study's text gives: there tau4l2l3, tau4l1 and
fs2s1 have a mean posterior variance above 0.06, tau4s2, tau4s3 and efolding one of 0.04 or less
(a flat prior has 1/12 = 0.083). The table itself is in the supplement of the paper, so that only
these bounds can stand beside ours.
"""

import numpy as np
import pandas as pd

from proda.evaluation.coverage import prior_standard_deviation
from proda.evaluation.paper_values import paper_value
from proda.evaluation.parameter_means import site_estimates
from proda.evaluation.skill import skill
from proda.evaluation.table_1 import site_sets
from proda.model.scaling import check_scaling
from proda.netcdf import open_netcdf
from proda.parameters.methods import (
    ONE_BATCH,
    RANDOM_SAMPLING,
    SITE_BY_SITE,
    blocked_name,
    is_blocked,
)
from proda.parameters.random_sampling import read_modes

__all__ = ["table_s1"]


def table_s1(model, posteriors_path, one_batch_path, learned, profiles, paper, methods):
    """A row per parameter as a DataFrame.

    learned: {learner or <learner>_blocks: (profiles, parameters) theta it predicts, NaN where it
    does not}. profiles: table of Pairs. paper: of read_paper_values. methods: names of those of the
    run; one_batch_path is not read where one-batch is not among them.

    Columns: parameter, code_name, meaning, unit, minimum, maximum, clm5_default, clm45_default;
    site_by_site_ and one_batch_ mean (physical), mean_theta, variance_theta, variance_over_prior
    (share of the prior variance), gelman_rubin, rhat, and one_batch_sd (physical); those of
    site_by_site are means over profiles. random_sampling_ mean, sd (physical), mean_theta,
    sd_theta and sites, of the profiles' modes. <learner>_r_training, _held_out, _spatial_blocks:
    correlation of its prediction with the posterior mean of the profile, NaN where one of them is
    constant. paper_site_by_site_variance: bound in the paper's text. Methods that are
    not of the run have no columns.
    Raises InputError if a file is of other profiles.
    """
    parameters, prior = model.parameters, prior_standard_deviation(model) ** 2
    spread = parameters.maximum - parameters.minimum
    ids, used = profiles["profile_id"].to_numpy(), profiles["used"].to_numpy()
    table = pd.DataFrame(
        {
            "parameter": parameters.names,
            "code_name": parameters.code_names,
            "meaning": parameters.meanings,
            "unit": parameters.units,
            "minimum": parameters.minimum,
            "maximum": parameters.maximum,
            "clm5_default": parameters.clm5_default,
            "clm45_default": parameters.clm45_default,
        }
    )

    def describe(method, mean, variance, gelman_rubin, rhat):
        table[f"{method}_mean"] = parameters.to_physical(mean)
        table[f"{method}_mean_theta"] = mean
        table[f"{method}_variance_theta"] = variance
        table[f"{method}_variance_over_prior"] = variance / prior
        table[f"{method}_gelman_rubin"] = gelman_rubin
        table[f"{method}_rhat"] = rhat

    def of_sites(name):
        return site_estimates(posteriors_path, ids, name, used)

    mean = of_sites("mean")
    describe(
        SITE_BY_SITE.name,
        _mean(mean),
        _mean(of_sites("standard_deviation") ** 2),
        _mean(of_sites("gelman_rubin")),
        _mean(of_sites("rhat")),
    )
    if (name := ONE_BATCH.name) in methods:
        needed = ("mean", "standard_deviation", "gelman_rubin", "rhat")
        with open_netcdf(one_batch_path, "the one-batch posterior", needed) as file:
            check_scaling(one_batch_path, file, model)
            batch = {variable: np.asarray(file[variable][:]) for variable in needed}
        variance = batch["standard_deviation"] ** 2
        describe(name, batch["mean"], variance, batch["gelman_rubin"], batch["rhat"])
        table[f"{name}_sd"] = batch["standard_deviation"] * spread
    if (name := RANDOM_SAMPLING.name) in methods:
        modes = read_modes(posteriors_path, ids, used)
        deviation = np.sqrt(_mean((modes - _mean(modes)) ** 2))
        table[f"{name}_mean"] = parameters.to_physical(_mean(modes))
        table[f"{name}_sd"] = deviation * spread
        table[f"{name}_mean_theta"] = _mean(modes)
        table[f"{name}_sd_theta"] = deviation
        table[f"{name}_sites"] = (~np.isnan(modes)).sum(axis=0)

    sets = site_sets(profiles)
    for name in (name for name in learned if not is_blocked(name)):
        for sites in ("training", "held_out"):
            table[f"{name}_r_{sites}"] = _correlations(mean, learned[name], sets[sites])
        blocked = learned.get(blocked_name(name))
        if blocked is not None:
            found = _correlations(mean, blocked, sets["spatial_blocks"])
            table[f"{name}_r_spatial_blocks"] = found
    bounds = [_bound(paper, name) for name in parameters.code_names]
    table[f"paper_{SITE_BY_SITE.name}_variance"] = bounds
    return table


def _mean(values):
    """Mean over profiles of what is known, NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    return np.divide(
        np.where(known, values, 0.0).sum(axis=0),
        count,
        out=np.full(values.shape[1], np.nan),
        where=count > 0,
    )


def _correlations(target, predicted, members):
    members = members & ~np.isnan(target + predicted).any(axis=1)
    return [skill(target[members, k], predicted[members, k]).r for k in range(target.shape[1])]


def _bound(paper, code_name):
    _, low, high = paper_value(
        paper, "table_s1", SITE_BY_SITE.name, "posterior_variance", code_name
    )
    return f"> {low:g}" if low == low else f"<= {high:g}" if high == high else ""
