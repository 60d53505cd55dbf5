"""Order, names and places of the panels of the parameters."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from proda.errors import InputError
from proda.figures.parameter_panels import (
    check_parameters,
    parameter_name,
    parameter_panels,
    plain,
    process_order,
)
from proda.model.parameters import parameter_table


def titles(axes):
    return [axis.get_title().replace("\n", " ") for axis in axes]


def test_parameters_of_a_process_are_adjacent_in_the_order_of_the_table():
    table = parameter_table("clm45-10")
    order = process_order(table)
    processes = [table.processes[k] for k in order]
    assert sorted(order) == list(range(25))
    assert [p for p, q in zip(processes, [None, *processes], strict=False) if p != q] == [
        "vertical transport",
        "environment",
        "decomposition",
        "carbon use efficiency",
        "carbon input",
    ]
    # The one parameter of the environment that stands at the end of the table.
    assert [table.names[k] for k in order[2:5]] == [
        "q10",
        "decomposition_efolding_depth",
        "saturated_water_potential",
    ]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("slow_soc_turnover_time", "slow SOC turnover time"),
        ("cwd_to_cellulose", "CWD → cellulose"),
        ("decomposition_efolding_depth", "decomposition e-folding depth"),
    ],
)
def test_names_are_written_in_words(name, written):
    assert parameter_name(name) == written


@pytest.mark.parametrize(
    ("number", "written"), [(3e-5, "0.00003"), (-0.015, "−0.015"), (2000.0, "2000"), (0.0, "0")]
)
def test_plain_numbers(number, written):
    assert plain(number) == written


@pytest.mark.parametrize(("structure", "n"), [("clm45-10", 25), ("clm5-20", 21)])
def test_every_parameter_has_its_panel(structure, n):
    table = parameter_table(structure)
    figure, axes = parameter_panels(table, 1.0)
    assert len(axes) == n
    drawn = [axis for axis in figure.axes if axis.axison]
    assert [axes[k] for k in process_order(table)] == drawn
    for k, axis in enumerate(axes):
        assert (table.units[k] == "1" and "(" not in axis.get_title()) or ")" in axis.get_title()
        assert axis.get_title().count("\n") <= 1
        assert "~" not in axis.get_title()
    diffusivity = axes[table.index("bioturbation_diffusivity")]
    assert titles([diffusivity]) == ["bioturbation diffusivity (10$^{-3}$ m$^{2}$ yr$^{-1}$)"]
    assert titles([axes[table.index("fast_to_passive")]])[0].startswith(
        "fast → passive (10$^{-3}$)"
    )
    assert titles([axes[table.index("q10")]]) == ["Q$_{10}$"]
    plt.close(figure)


def test_refuses_values_of_other_parameters():
    with pytest.raises(InputError, match=r"one_batch: expected shape \(n, 25\), found shape \(4,"):
        check_parameters("one_batch", np.zeros((4, 21)), parameter_table("clm45-10"))
