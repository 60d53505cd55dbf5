"""Which year drives which, and the parts of a change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proda.errors import InputError
from proda.transient.scenarios import (
    ALL,
    CLIMATE_ONLY,
    INPUT_ONLY,
    SCENARIOS,
    STATIC,
    attribution,
    forcing_years,
)


def test_base_years_repeat_where_they_are_held():
    years, base = range(1901, 1908), range(1901, 1904)
    held = [1901, 1902, 1903, 1901, 1902, 1903, 1901]
    assert forcing_years(STATIC, years, base) == list(zip(held, held, strict=True))
    assert forcing_years(INPUT_ONLY, years, base) == list(zip(held, years, strict=True))
    assert forcing_years(CLIMATE_ONLY, years, base) == list(zip(years, held, strict=True))
    assert forcing_years(ALL, years, base) == list(zip(years, years, strict=True))


@given(n=st.integers(1, 40), base=st.integers(1, 40))
def test_all_scenarios_are_alike_in_the_base_years(n, base):
    years = range(1850, 1850 + max(n, base))
    found = [forcing_years(one, years, years[:base])[:base] for one in SCENARIOS.values()]
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize(
    ("years", "base"),
    [
        ([1900, 1902], [1900]),
        ([], []),
        ([1900, 1901], [1901]),
        ([1900], []),
        ([1900], [1900, 1901]),
    ],
)
def test_years_that_do_not_fit(years, base):
    with pytest.raises(InputError, match="years"):
        forcing_years(ALL, years, base)


def test_parts_sum_to_the_change():
    rng = np.random.default_rng(1)
    changes = {name: rng.normal(size=5) for name in SCENARIOS}
    parts = attribution(changes)
    np.testing.assert_allclose(
        sum(parts.values()), changes[ALL.name] - changes[STATIC.name], atol=1e-14
    )
    additive = {name: 2.0 * one.climate + 3.0 * one.carbon_input for name, one in SCENARIOS.items()}
    assert attribution(additive) == {"input": 3.0, "climate": 2.0, "interaction": 0.0}
