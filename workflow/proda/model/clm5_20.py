"""The structure of Tao et al. 2023: CLM5's 20 soil layers, 21 parameters, monthly forcing.

It is driven by CLM's own litter input and scalars, in columns that end at bedrock.
"""

import math
from dataclasses import replace

import numpy as np

from proda.arrays import FloatArray
from proda.model.cases import INPUT_POOLS, LITTER, Cases, by_layer, forcing_of, given, indexed
from proda.model.forcing import Forcing
from proda.model.monthly import MonthlyForcing
from proda.model.parameters import parameter_table
from proda.model.soil_model import SoilModel
from proda.model.structure import (
    CaseColumns,
    DefaultRun,
    LandField,
    LandModel,
    Role,
    ScalarProduct,
    Structure,
)
from proda.model.switches import Switches

__all__ = ["STRUCTURE"]

NAME = "clm5-20"

LAND_MODEL = LandModel(
    fields=(
        LandField(
            "soil_temperature", ("TSOI",), Role.LAYERED, "K", "soil temperature", "soil_temperature"
        ),
        LandField(
            "water_scalar", ("W_SCALAR",), Role.LAYERED, "1",
            "moisture limitation of decomposition (W_SCALAR)",
        ),
        LandField(
            "oxygen_scalar", ("O_SCALAR",), Role.LAYERED, "1",
            "oxygen limitation of decomposition (O_SCALAR)",
        ),
        LandField(
            "nitrogen_scalar", ("FPI_vr",), Role.LAYERED, "1",
            "nitrogen limitation of litter decomposition (FPI_vr)",
        ),
        *(
            LandField(
                f"input_{pool}", (source,), Role.LITTER_INPUT, "g m-3 month-1",
                f"carbon input {pool}",
            )
            for pool, source in (
                ("cwd", "CWD_INPUT_ACC_VECTOR"),
                ("metabolic", "LITR1_INPUT_ACC_VECTOR"),
                ("cellulose", "LITR2_INPUT_ACC_VECTOR"),
                ("lignin", "LITR3_INPUT_ACC_VECTOR"),
            )
        ),
        LandField(
            "active_layer_depth", ("ALTMAX", "ALTMAX_LASTYEAR"), Role.SURFACE, "m",
            "largest active-layer depth of the current year and the year before",
        ),
        LandField(
            "active_layer_depth_last_year", ("ALTMAX_LASTYEAR",), Role.SURFACE, "m",
            "largest active-layer depth of the year before",
        ),
        LandField(
            "bedrock_layer", ("nbedrock",), Role.FIXED, "1",
            "number of soil layers above bedrock (nbedrock)",
        ),
        LandField(
            "sand", ("CELLSAND",), Role.FIXED_LAYERED, "%",
            "mass fraction of sand in the fine earth", optional=True,
        ),
    ),
    interpolate=False,
    product=ScalarProduct(
        "soil_temperature", "water_scalar", "oxygen_scalar", "nitrogen_scalar",
        LandField(
            "temperature_variability", (), Role.LAYERED, "1",
            "mean temperature scalar of a month of several years over that of their mean",
        ),
    ),
    given_temperature="temperature_scalar",
)  # fmt: skip


def _read_cases(cases: Cases, model: SoilModel, version: str | None) -> Forcing:
    n_layers = model.grid.n_layers
    layers = range(1, n_layers + 1)
    sources = {
        "water_scalar": indexed(cases, "w_scalar", n_layers),
        "oxygen_scalar": indexed(cases, "o_scalar", n_layers),
        "active_layer_depth": indexed(cases, "altmax", 0),
        "active_layer_depth_last_year": indexed(cases, "altmax_lastyear", 0),
        "bedrock_layer": ["nbedrock"],
    }
    if given(cases, "t_scalar"):
        sources["temperature_scalar"] = indexed(cases, "t_scalar", n_layers)
    else:
        sources["soil_temperature"] = indexed(cases, "tsoi", n_layers)
    if any(given(cases, f"n_scalar_{pool}") for pool in LITTER):
        sources["nitrogen_scalar_by_pool"] = [
            column for pool in LITTER for column in indexed(cases, f"n_scalar_{pool}", n_layers)
        ]
    else:
        sources["nitrogen_scalar"] = indexed(cases, "n_scalar", n_layers)
    if model.switches.input_by_layer:
        sources["litter_input_by_layer"] = [
            f"input_{pool}_{layer}" for pool in INPUT_POOLS for layer in layers
        ]
    else:
        sources["litter_input"] = [f"input_{pool}" for pool in INPUT_POOLS]
    if model.switches.transfers_from_texture:
        sources["sand"] = by_layer(cases, "sand", n_layers)
    forcing = forcing_of(cases, model.structure.forcing, sources)
    assert isinstance(forcing, MonthlyForcing)
    larger = np.maximum(forcing.active_layer_depth, forcing.active_layer_depth_last_year)
    return replace(forcing, active_layer_depth=larger)


def _fill_defaults(values: FloatArray, forcing: Forcing, version: str) -> None:
    """Nothing: the table and the root profile have all that is needed."""


DEFAULT_SWITCHES: dict[str, bool | float] = {
    "transfers_from_texture": True,
    "input_by_layer": True,
}

STRUCTURE = Structure(
    name=NAME,
    description="20 layers, monthly forcing, Tao et al. 2023",
    forcing=MonthlyForcing,
    parameters=parameter_table(NAME),
    switches=Switches(
        water_from_potential=False,
        input_from_npp=False,
        mixing_at_interfaces=True,
        cryoturbation_active_layer=2.0,
        mixing_at_cryoturbation_limit=True,
        min_active_layer=0.0,
        cryoturbation_end_factor=0.0,
        cryoturbation_depth=3.0,
        bioturbation_depth=math.inf,
        input_depth=math.inf,
    ),
    land_model=LAND_MODEL,
    cases=CaseColumns(
        _read_cases,
        columns=(
            "nbedrock; input_cwd, input_l1, input_l2, input_l3 gC m-2 yr-1; altmax,\n"
            "altmax_lastyear m; tsoi K, w_scalar, o_scalar, n_scalar as <name>_<month>_<layer>.\n"
            "Any of these may be given with fewer indices: altmax for all months,\n"
            "tsoi_<layer> for all months, o_scalar for all months and layers."
        ),
        default_columns=(
            "input_cwd_<layer>, input_l1_<layer>, ... gC m-3 yr-1 in place of input_cwd, ..."
        ),
    ),
    default_run=DefaultRun(
        usual_version="clm5",
        switches={
            "clm5": DEFAULT_SWITCHES | {"century_normalisation": True},
            "clm4.5": DEFAULT_SWITCHES,
        },
        fill=_fill_defaults,
    ),
)
