"""``tianqu datasets``: list, materialise and load what the prefecture knows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="datasets", help="Datasets: list, materialise, load a file.", no_args_is_help=True)


@app.command("list")
def list_datasets() -> None:
    """List the datasets of the catalogue, with their newest versions."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.kernel.datasets.api import Dataset, describe_declared
    from tianqu.kernel.journal.api import SYSTEM, set_scope

    describe_declared()
    set_scope(SYSTEM.scope)
    for dataset in Dataset.objects.filter(withdrawn_at=None).order_by("code").iterator():
        from_where = "journal" if dataset.declared else "files"
        typer.echo(
            f"{dataset.code:<30} {dataset.access:<7} v{dataset.version:<5} {dataset.rows:>14,} rows"
            f" {dataset.bytes:>16,} bytes  {from_where}"
        )


@app.command()
def materialise(
    code: Annotated[str, typer.Argument(help="One dataset; all declared ones where it is left out.")] = "",
) -> None:
    """Bring declared datasets up to what the log holds now."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.kernel.datasets.api import declared_datasets, describe_declared
    from tianqu.kernel.datasets.api import materialise as materialised

    describe_declared()
    for each in [code] if code else sorted(declared_datasets()):
        version = materialised(each, told=lambda stage, done, of: _progress(stage, done=done, of=of))
        typer.echo(
            f"{each}: version {version.number}, {version.rows:,} rows at index {version.journal_index:,}."
            if version is not None
            else f"{each}: nothing has changed."
        )


@app.command()
def load(
    code: Annotated[str, typer.Argument(help="A dataset that is in the catalogue.")],
    file: Annotated[Path, typer.Argument(help="CSV, JSON lines, Parquet or a workbook.", exists=True, dir_okay=False)],
    note: Annotated[str, typer.Option(help="Why this version.")] = "",
) -> None:
    """Publish a file as the newest version; columns are those of the version before, or guessed for the first."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.kernel.datasets.api import Schema, dataset_called, guess_columns, kind_of, load_version, versions_of
    from tianqu.kernel.journal.api import SYSTEM

    dataset = dataset_called(SYSTEM, code)
    versions = versions_of(dataset, limit=1)
    schema = versions[0].columns if versions else Schema(guess_columns(file, kind_of(file.name)).columns)
    version, taken = load_version(
        SYSTEM, dataset_id=dataset.id, path=file, schema=schema, note=note, told=lambda stage: typer.echo(f"{stage} …")
    )
    typer.echo(f"Version {version.number}: {version.rows:,} rows, {taken.refused.count:,} refused.")
    for row in taken.refused.told[:20]:
        typer.echo(f"  line {row['line']}, {row['column']}: {row['reason']} {row['value']}", err=True)


def _progress(stage: str, *, done: int, of: int) -> None:
    typer.echo(f"\r{stage}: {done:,} of {of:,}", nl=False, err=True)
    if done >= of - 1:
        typer.echo("", err=True)
