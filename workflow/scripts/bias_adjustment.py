"""Factors that adjust each map to the median and to the mean of places, and its skill with them."""

from proda.evaluation.bias_adjustment import DEPTH, bias_adjustment
from proda.evaluation.labels import read_certificates, read_labels, with_labels
from proda.evaluation.pairs import read_blocks, read_pairs
from proda.jobs import running
from proda.tables import read_table, write_table

with running(snakemake) as log:
    params = snakemake.params
    pairs = read_pairs(snakemake.input.pairs, snakemake.input.profiles)
    bootstrap = {"seed": params.seed, "resamples": params.resamples}
    if params.resampled_blocks:
        bootstrap["cluster"] = read_blocks(snakemake.input.splits, pairs)
    stocks = read_table(snakemake.input.stocks, ["method", "interval"])
    totals = stocks[stocks["interval"] == DEPTH].set_index("method")["total_pg"]
    table = bias_adjustment(pairs, params.methods, totals, **bootstrap)
    labels, notes = read_labels(snakemake.input.labels), read_certificates(snakemake.input.labels)
    write_table(snakemake.output[0], with_labels(table, labels, notes), digits=6)
    log.info("%s", table[["method", "median_factor", "mean_factor"]].to_string(index=False))
