"""The stages of the workflow, in order, and the rules of each."""

__all__ = ["STAGES", "stage_of"]

_RULES = {
    "Raw data": "twin download",
    "Inputs": "cells profiles npp_summary references site_covariates grid_covariates site_forcing "
    "grid_forcing sites forcing_series",
    "Site posteriors": "observations assimilate gather assimilation_tables",
    "One batch": "one_batch",
    "Learning": "random_sampling splits learn learn_fold learn_directly learned applicability "
    "learning_curve_of_learner",
    "Maps": "project_default project_sites project_grid map_stocks map_parameters "
    "processes_default processes_of_draws site_processes",
    "Mechanisms": "site_mechanisms sensitivity_of_method control_of_learner wider_priors "
    "importance_fold bootstrap_members",
    "Through time": "transient_block transient_yearly",
}
OTHER = "Tables and figures"
# Their inputs are the outputs of others: they do nothing.
TARGETS = "Targets"
_TARGETS = (
    "all inputs forcing_through_time assimilation projection processes evaluation learning_curves "
    "analysis importances figures transient downloads"
)

STAGES = (*_RULES, OTHER, TARGETS)
_STAGE = {
    rule: stage for stage, rules in (*_RULES.items(), (TARGETS, _TARGETS)) for rule in rules.split()
}


def stage_of(rule: str) -> str:
    """The stage of a rule."""
    return _STAGE.get(rule, OTHER)
