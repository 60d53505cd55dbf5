"""Broken configurations."""

import yaml

from bad_inputs.case import Case
from configurations import changed

SOUND = {
    "dataset": "own",
    "data_dir": "data",
    "profiles": {
        "source": {"format": "table", "path": "soil.csv", "columns": {"profile_id": "pit"}}
    },
    "forcing": {
        "clm": {"files": ["clm.nc"]},
        "npp": {
            "format": "netcdf",
            "file": "npp.nc",
            "names": {"npp_mean": "NPP", "npp_min": "low", "npp_max": "high"},
        },
    },
    "covariates": {"names": ["BIO1"]},
    "references": {"WISE": {"format": "wise", "folder": "wise"}},
}


def _text(changes):
    return yaml.safe_dump(changed(SOUND, changes), sort_keys=False)


def _config(name, changes, *expect):
    return Case(f"{name}.yaml", "config", expect, lambda path: path.write_text(_text(changes)))


def _raw(name, text, *expect):
    return Case(f"{name}.yaml", "config", expect, lambda path: path.write_bytes(text))


RUN = {"test_steps": 100, "steps": 1000, "draws": 50}

CASES = [
    # misspelt keys, at every depth
    _config(
        "typo_of_a_section",
        {"forcng": {}},
        "config: expected one of analysis, assimilation, catalog, covariates",
        "found 'forcng' (did you mean 'forcing'?)",
    ),
    _config(
        "typo_in_a_section",
        {"region": {"polygn": "land.geojson"}},
        "config region: expected one of attribute, bounds, country, layer, min_land",
        "found 'polygn' (did you mean 'polygon'?)",
    ),
    _config(
        "typo_of_a_reader",
        {"forcing.clm.file": ["clm.nc"]},
        "config forcing.clm: expected one of climatology, files, groups_of_years",
        "found 'file' (did you mean 'files'?)",
    ),
    _config(
        "typo_in_a_format",
        {"profiles.source.seperator": ";"},
        "config profiles.source: expected one of bulk_density_of",
        "found 'seperator' (did you mean 'separator'?)",
    ),
    _config(
        "typo_of_a_column",
        {"profiles.source.columns.longitud": "x"},
        "config profiles.source.columns: expected one of profile_id, longitude",
        "found 'longitud' (did you mean 'longitude'?)",
    ),
    _config(
        "typo_of_a_history_field",
        {"forcing.clm.missing_fields": {"SOLPSI": {"value": -0.1}}},
        "config forcing.clm.missing_fields: expected one of SOILPSI",
        "found 'SOLPSI' (did you mean 'SOILPSI'?)",
    ),
    _config(
        "typo_of_a_substitute",
        {"forcing.clm.missing_fields": {"SOILPSI": {"valeu": -0.1}}},
        "config forcing.clm.missing_fields.SOILPSI: expected one of",
        "found 'valeu' (did you mean 'value'?)",
    ),
    _config(
        "typo_of_a_statistic",
        {"forcing.npp.names.npp_men": "NPP"},
        "config forcing.npp.names: expected one of npp_max, npp_mean, npp_min",
        "found 'npp_men' (did you mean 'npp_mean'?)",
    ),
    _config(
        "typo_of_a_weight",
        {"assimilation": {"likelihood": {"weigths": "unit"}}},
        "config assimilation.likelihood: expected one of absolute_error, "
        "error_model, error_prior, error_spread, estimate_error, interpolation, relative_error, "
        "weights",
        "found 'weigths' (did you mean 'weights'?)",
    ),
    _config(
        "typo_of_a_format",
        {"references.WISE.format": "wize"},
        "config references.WISE.format: expected one of wise, soilgrids, plain",
        "found 'wize' (did you mean 'wise'?)",
    ),
    _config(
        "typo_of_a_pedotransfer_function",
        {"profiles.pedotransfer": "tao2024"},
        "config profiles.pedotransfer: expected one of 'tao_2024'",
        "found 'tao2024' (did you mean 'tao_2024'?)",
    ),
    _config(
        "typo_of_a_method",
        {"methods": ["neural_netwerk"]},
        "config methods.0: expected one of 'default', 'one_batch'",
        "found 'neural_netwerk' (did you mean 'neural_network'?)",
    ),
    _config(
        "typo_of_a_parameter",
        {"analysis": {"control": {"parameters": ["q10", "q_10"]}}},
        "config analysis.control.parameters.1: expected a parameter of clm45-10: "
        "bioturbation_diffusivity, ",
        "found 'q_10'",
    ),
    # what is not there, or there too often
    _config("no_dataset", {"dataset": ...}, "config: expected a key 'dataset', found none"),
    _config(
        "no_data",
        {"data_dir": ...},
        "config: expected either a section twin or a data_dir, found neither",
    ),
    _config(
        "twin_and_own_data",
        {"twin": {"n_profiles": 20}},
        "config: expected either a section twin or a data_dir, found both",
    ),
    _config(
        "litter_input_of_the_built_in_dataset",
        {"structure": "clm5-20", "data_dir": ..., "twin": {}},
        "config structure: expected a structure whose carbon input follows from NPP, found clm5-20",
        "litter input that the built-in dataset lacks",
        "name your own data with data_dir",
    ),
    _config(
        "no_npp",
        {"forcing.npp": ...},
        "config forcing: expected a key 'npp', which clm45-10 needs, found none",
    ),
    _config(
        "reference_without_format",
        {"references.WISE": {"folder": "wise"}},
        "config references.WISE: expected a key 'format', found none",
    ),
    _config(
        "two_depths_of_three",
        {"references.Stocks": {"format": "plain", "files": ["30.tif", "1m.tif"], "unit": "kg m-2"}},
        "config references.Stocks.files: expected 3 entries or more, found ['30.tif', '1m.tif']",
    ),
    _raw(
        "section_twice",
        _text({}).encode() + b"forcing:\n  site_interpolation: nearest\n",
        "section_twice.yaml, line 27: expected each key once, found 'forcing' again",
    ),
    _raw(
        "indented_with_a_tab",
        b"dataset: own\nprofiles:\n\tsource: soil.csv\n",
        "indented_with_a_tab.yaml: expected a YAML file",
        "found character '\\t'",
        "line 3",
    ),
    _raw("empty", b"", "config: expected a value of type object, found None"),
    # values of the wrong kind
    _config(
        "text_for_a_number",
        {"seed": "random"},
        "config seed: expected a value of type integer, found 'random'",
    ),
    _raw(
        "number_that_is_a_text",
        (_text({}) + "assimilation:\n  site: {test_steps: 0, steps: 3e4, draws: 50}\n").encode(),
        "config assimilation.site.steps: expected a value of type integer, found '3e4'",
        "YAML reads it as text: write all digits",
    ),
    _config(
        "fraction_for_a_whole_number",
        {"seed": 2020.0},
        "config seed: expected a value of type integer, found 2020.0",
        "a whole number without a point",
    ),
    _config(
        "truth_for_a_number",
        {"region": {"resolution": True}},
        "config region.resolution: expected a value of type number, found True",
    ),
    _config(
        "not_a_number",
        {"assimilation": {"certificate": {"rhat": float("nan")}}},
        "config assimilation.certificate.rhat: expected a value of type number, found nan",
    ),
    _config(
        "text_for_a_list",
        {"covariates.names": "BIO1"},
        "config covariates.names: expected a value of type array or null, found 'BIO1'",
    ),
    _config(
        "list_for_a_section",
        {"forcing": ["clm.nc"]},
        "config forcing: expected a value of type object, found ['clm.nc']",
    ),
    _config(
        "number_for_a_version",
        {"downloads": {"products": {"soil": {"product": "wosis", "version": 2023, "folder": "w"}}}},
        "config downloads.products.soil.version: expected a value of type string, found 2023",
    ),
    # values out of their range, or that contradict each other
    _config(
        "folder_above",
        {"dataset": ".."},
        "config dataset: expected a name like",
        "found '..'",
    ),
    _config(
        "unknown_unit",
        {
            "references.Stocks": {
                "format": "plain",
                "files": ["30.tif", "1m.tif", "2m.tif"],
                "unit": "kg/m2",
            }
        },
        "config references.Stocks.unit: expected one of 'kg m-2', 'g m-2', 'Mg ha-1', 't ha-1'",
        "found 'kg/m2'",
    ),
    _config(
        "too_few_horizons",
        {"profiles.min_horizons": 1},
        "config profiles.min_horizons: expected 2 or more, found 1",
    ),
    _config(
        "years_backwards",
        {"forcing.clm.years": [2014, 2000]},
        "config forcing.clm.years: expected the smaller number first, found [2014, 2000]",
    ),
    _config(
        "window_backwards",
        {"assimilation": {"acceptance_window": [0.5, 0.15]}},
        "config assimilation.acceptance_window: expected the smaller number first",
        "found [0.5, 0.15]",
    ),
    _config(
        "cells_that_do_not_tile",
        {"region": {"resolution": 0.7}},
        "config region.resolution: expected a divisor of 180, found 0.7",
    ),
    _config(
        "more_draws_than_steps",
        {"assimilation": {"preset": "paper", "site": RUN | {"draws": 501}}},
        "config assimilation.site.draws: expected 500 or less",
        "steps that are left after burn-in, found 501",
    ),
    # values without a sense
    _config(
        "name_with_a_line_break",
        {"dataset": "twin\n"},
        "config dataset: expected a text without line breaks and invisible characters",
        "found 'twin\\n'",
    ),
    _config(
        "seed_of_400_digits",
        {"seed": 10**399},
        "config seed: expected 9223372036854775807 or less",
        "found a whole number of about 400 digits",
    ),
    _config(
        "cells_of_a_centimetre",
        {"region": {"resolution": 1e-7}},
        "config region.resolution: expected 0.01 or more, found 1e-07",
    ),
    _config(
        "steps_without_end",
        {"assimilation": {"site": RUN | {"steps": 1e30}}},
        "config assimilation.site.steps: expected a value of type integer, found 1e+30",
    ),
    _config(
        "sigma_of_next_to_nothing",
        {"assimilation": {"likelihood": {"relative_error": 1e-320}}},
        "config assimilation.likelihood.relative_error: expected a value of type number",
        "0, or 1e-12 or more in size",
    ),
    _config(
        "number_as_a_name",
        {"evaluation": {"vegetation": {"covariate": "IGBP", "groups": {1: [1]}}}},
        "config evaluation.vegetation.groups: expected a text as the name of a key, found 1",
        "write it in quotes",
    ),
    _raw(
        "holds_itself",
        b"dataset: &a [*a]\n",
        "expected at most 20 levels",
    ),
    _raw(
        "latin_1",
        _text({}).encode() + b"# caf\xe9\n",
        "latin_1.yaml: expected a text in UTF-8, found byte 0xe9",
    ),
    _raw(
        "date_for_a_version",
        _text({}).encode()
        + b"downloads:\n  products:\n    s: {product: p, version: 2017-03-10, folder: f}\n",
        "config downloads.products.s.version: expected a value of type string",
        "YAML reads it as a date: write it in quotes",
    ),
]
