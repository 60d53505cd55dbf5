"""The comparison of settings of the hybrid: no score is of a network that has seen its profile."""

from types import SimpleNamespace

import hybrid_settings as benchmark
import numpy as np
import pandas as pd

FOLD = np.array([0, 0, 1, 1, 2, 2, 2, -1])
USED = FOLD >= 0
MEMBERS = 2


def test_a_fold_is_scored_by_networks_that_have_seen_neither_it_nor_what_they_predict(monkeypatch):
    """Each network predicts a carbon that tells the folds it was trained without."""
    n = len(FOLD)
    trained = []

    def fit_members(method, label, training, options, seed, members):
        assert method == "hybrid" and members == MEMBERS
        trained.append(training.rows)
        seen = frozenset(FOLD[training.rows])
        (unseen,) = [pair for pair in ((0, 1), (0, 2), (1, 2)) if seen.isdisjoint(pair)]
        return [SimpleNamespace(pair=unseen, member=member) for member in range(members)]

    monkeypatch.setattr(benchmark, "fit_members", fit_members)
    monkeypatch.setattr(
        benchmark, "fit_encoder", lambda *_: SimpleNamespace(encode=lambda sites: sites)
    )
    monkeypatch.setattr(
        benchmark,
        "training_set",
        lambda sites, data, splits, rows, validation: SimpleNamespace(
            y=np.zeros((len(rows), 1)), rows=rows
        ),
    )
    # Mean of both members by pair of folds, kg m-3.
    carbon = {(0, 1): 10.0, (0, 2): 20.0, (1, 2): 30.0}
    monkeypatch.setattr(
        benchmark,
        "predict_feasible",
        lambda fitted, *_: (1000 * (carbon[fitted.pair] + 2 * fitted.member - 1), None),
    )
    present = np.ones((n, 2), dtype=bool)
    present[1, 1] = False
    observed = SimpleNamespace(
        horizons=2,
        value=np.full((n, 2), 1000.0),
        present=present,
        modelled=lambda theta, rows: np.full((len(rows), 2), theta),
    )
    data = SimpleNamespace(
        profile_id=[str(i) for i in range(n)],
        kinds=None,
        grid=None,
        sites=pd.DataFrame(index=range(n)),
        observed=observed,
    )
    splits = SimpleNamespace(fold=FOLD, used=USED)
    errors = benchmark.inner_errors(data, splits, None, MEMBERS)

    assert len(trained) == 3 and all(USED[rows].all() for rows in trained)
    for member, of_member in enumerate(errors):
        for fold in range(3):
            for row in range(n):
                other = FOLD[row]
                if fold == other or other < 0:
                    assert np.isnan(of_member[fold, row]).all()
                    continue
                modelled = carbon[min(fold, other), max(fold, other)] + 2 * member - 1
                expected = np.where(present[row], modelled - 1, np.nan)
                np.testing.assert_allclose(of_member[fold, row], expected)


def test_the_error_of_other_numbers_of_members_is_that_of_independent_ones():
    """Biases of two error models +2 and -1, variances 4 and 6 between their members."""
    rng = np.random.default_rng(1)
    errors = rng.normal(size=(6, 1, 40_000, 1))
    errors[::2], errors[1::2] = 2.0 + 2.0 * errors[::2], -1.0 + np.sqrt(6.0) * errors[1::2]
    found = benchmark.expected_rmse(errors, 2, (1, 6, 24))
    np.testing.assert_allclose(found, np.sqrt(0.25 + 5.0 / np.array([1, 6, 24])), rtol=0.02)
    np.testing.assert_allclose(found[1], np.sqrt((errors.mean(axis=0) ** 2).mean()), rtol=1e-12)
    assert np.isnan(benchmark.expected_rmse(errors[:3], 2, (8,))).all()
