"""What a run found: facts from its tables, sentences and cautions."""

from proda.jobs import running
from proda.summary.collect import collect_facts
from proda.summary.document import summarise, write_summary
from proda.summary.facts import Run

with running(snakemake) as log:
    # Tables that a run does not have are empty lists among the inputs.
    tables = {name: path for name, path in snakemake.input.items() if path}
    facts = collect_facts(Run(**snakemake.params.run), tables)
    summary = summarise(facts, snakemake.params.figures)
    write_summary(snakemake.output[0], facts, summary)
    for caution in summary.cautions:
        log.info("caution: %s", caution)
