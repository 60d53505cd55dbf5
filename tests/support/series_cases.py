"""Series of forcing in memory, for tests."""

import numpy as np

from proda.data.series import ForcingSeries
from proda.model import MatrixModel


def series_of(structure, n=5, years=6, seed=0, first_year=1900, **others):
    """A series of plausible columns whose climate and carbon input differ from year to year."""
    rng = np.random.default_rng(seed)
    layers = MatrixModel(structure).grid.n_layers
    if structure == "clm5-20":
        wave = 12.0 * np.sin(2.0 * np.pi * (np.arange(12)[:, None] - 4) / 12.0)
        mean = rng.uniform(272.0, 298.0, (n, 1, 1))
        shape = (years, n, 12, layers)
        thaw = np.broadcast_to(rng.uniform(0.5, 5.0, (years, n, 1)), (years, n, 12))
        monthly = rng.uniform(2.0, 30.0, (years, n, 4, 12))
        profile = np.exp(-np.arange(layers) / 4.0)
        profile /= profile @ MatrixModel(structure).grid.thickness
        yearly = {
            "soil_temperature": mean
            + wave
            + rng.normal(0.0, 1.0, (years, n, 1, 1))
            + np.zeros(shape),
            "water_scalar": rng.uniform(0.2, 0.9, (years, n, 12, 1)) + np.zeros(shape),
            "oxygen_scalar": np.full(shape, 0.9),
            "nitrogen_scalar": np.full(shape, 0.8),
            "active_layer_depth": thaw,
            "active_layer_depth_last_year": 0.9 * thaw,
            "litter_input": monthly,
            "litter_input_by_layer": monthly.sum(axis=-1)[..., None] * profile,
        }
        fixed = {
            "bedrock_layer": rng.integers(8, layers + 1, n),
            "sand": rng.uniform(10.0, 80.0, (n, layers)),
        }
    else:
        shape = (years, n, layers)
        yearly = {
            "soil_temperature": rng.uniform(275.0, 295.0, (years, n, 1)) + np.zeros(shape),
            "soil_water_potential": -rng.uniform(0.05, 1.5, (years, n, 1)) + np.zeros(shape),
            "active_layer_depth": rng.uniform(0.5, 5.0, (years, n)),
            "input_factor": rng.uniform(0.8, 1.3, (years, n)),
        }
        fixed = {"npp_min": np.full(n, 200.0), "npp_max": np.full(n, 600.0),
                 "npp_mean": np.full(n, 400.0), "sand": np.full((n, layers), 40.0)}  # fmt: skip
    return ForcingSeries.of_arrays(
        structure,
        first_year,
        {name: np.asarray(v, np.float32) for name, v in yearly.items()},
        {name: np.asarray(v, np.float32) for name, v in fixed.items()},
        **others,
    )
