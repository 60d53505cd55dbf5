"""The interactive page of the results."""

from pathlib import Path

from proda.explorer.page import write_explorer
from proda.explorer.run_files import RunFiles
from proda.jobs import running

with running(snakemake):
    files, params = snakemake.input, snakemake.params

    def given(name: str) -> Path | None:
        """An input that not every run has."""
        return Path(files[name]) if files[name] else None

    def by_name(kind: str, names: list[str]) -> dict[str, Path]:
        """Inputs of several methods."""
        return {name: Path(files[f"{kind}_{name}"]) for name in names}

    run = RunFiles(
        structure=params.structure,
        profiles=Path(files.profiles),
        ledger=Path(files.ledger),
        posteriors=Path(files.posteriors),
        sites=by_name("sites", params.sites),
        evaluated=Path(files.evaluated),
        labels=Path(files.labels),
        table_1=Path(files.table_1),
        region=Path(files.region),
        cells=given("cells"),
        grids=by_name("grid", params.grids),
        parameters=by_name("parameters", params.parameters),
        processes=by_name("processes", params.processes),
        site_processes=given("site_processes"),
        references=given("references"),
        applicability=given("applicability"),
        covariates=given("covariates"),
        yearly={tuple(pair): Path(files[f"yearly_{name}"]) for name, pair in params.yearly.items()},
        every=params.every,
    )
    write_explorer(run, params.dataset, snakemake.output[0])
