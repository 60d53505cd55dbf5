"""Table S1: estimates of each parameter."""

from proda.evaluation.pairs import read_profiles
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.parameter_means import profile_means
from proda.evaluation.table_s1 import table_s1
from proda.jobs import running
from proda.model import MatrixModel
from proda.tables import write_table

with running(snakemake):
    files, model = snakemake.input, MatrixModel(snakemake.params.structure)
    profiles = read_profiles(files.profiles)
    learned = {
        name: profile_means(path, model, list(profiles["profile_id"]))
        for name, path in zip(snakemake.params.learned, files.learned, strict=True)
    }
    pooled = dict(zip(snakemake.params.pooled, files.pooled, strict=True))
    table = table_s1(model, files.posteriors, pooled, learned, profiles, read_paper_values())
    write_table(snakemake.output[0], table, digits=6)
