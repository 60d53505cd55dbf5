"""Results that the run does not make for want of covariates, and the reason."""

import pandas as pd

from proda.jobs import running
from proda.tables import write_table

with running(snakemake) as log:
    columns = ["result", "content", "reason"]
    table = pd.DataFrame(snakemake.params.omitted, columns=columns)
    write_table(snakemake.output[0], table)
    log.info("%s", table.to_string(index=False))
