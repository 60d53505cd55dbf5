"""The physical parameter vector that the kernels read: one position per parameter of any structure.

A structure uses the positions its parameter table names; the others are 0. The names are those of
``resources/parameters.csv``, which holds unit, prior and default of each.
"""

__all__ = ["INPUT_FRACTIONS", "INPUT_FRACTION_NAMES", "PARAMETERS"]

PARAMETERS = (
    "bioturbation_diffusivity",
    "cryoturbation_diffusivity",
    "q10",
    "decomposition_efolding_depth",
    "cwd_turnover_time",
    "metabolic_litter_turnover_time",
    "structural_litter_turnover_time",
    "fast_soc_turnover_time",
    "slow_soc_turnover_time",
    "passive_soc_turnover_time",
    "metabolic_to_fast",
    "cellulose_to_fast",
    "lignin_to_slow",
    "fast_to_slow",
    "fast_to_passive",
    "slow_to_fast",
    "slow_to_passive",
    "passive_to_fast",
    "cwd_to_cellulose",
    "input_position",
    "input_beta",
    "input_to_lignin",
    "input_to_metabolic",
    "input_to_cellulose",
    "saturated_water_potential",
    "water_scaling",
)
(
    BIOTURBATION, CRYOTURBATION, Q10, EFOLDING_DEPTH,
    TAU_CWD, TAU_METABOLIC, TAU_STRUCTURAL, TAU_FAST, TAU_SLOW, TAU_PASSIVE,
    METABOLIC_TO_FAST, CELLULOSE_TO_FAST, LIGNIN_TO_SLOW,
    FAST_TO_SLOW, FAST_TO_PASSIVE, SLOW_TO_FAST, SLOW_TO_PASSIVE, PASSIVE_TO_FAST, CWD_TO_CELLULOSE,
    INPUT_POSITION, INPUT_BETA, INPUT_TO_LIGNIN, INPUT_TO_METABOLIC, INPUT_TO_CELLULOSE,
    SATURATED_WATER_POTENTIAL, WATER_SCALING,
) = range(len(PARAMETERS))  # fmt: skip

# Fractions of the carbon input, the rest of which is wood: they sum to less than 1.
INPUT_FRACTIONS = (INPUT_TO_LIGNIN, INPUT_TO_METABOLIC, INPUT_TO_CELLULOSE)
INPUT_FRACTION_NAMES = tuple(PARAMETERS[slot] for slot in INPUT_FRACTIONS)
