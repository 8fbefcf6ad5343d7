"""``tianqu classify train FILE`` and ``tianqu classify evaluate FILE``: the text model that helps to dispatch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tianqu.kernel.orders.classify.measures import Report
    from tianqu.kernel.orders.classify.samples import Samples

app = typer.Typer(help="Train and judge the text model that helps to dispatch.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A CSV file with the columns text and label.", exists=True, dir_okay=False)]
Precision = Annotated[
    float, typer.Option(help="The precision wanted where the model decides by itself; elsewhere it abstains.")
]
Seed = Annotated[int, typer.Option(help="The same seed gives the same folds and the same model.")]
TextColumn = Annotated[str, typer.Option(help="What the column of texts is called.")]
LabelColumn = Annotated[str, typer.Option(help="What the column of labels is called.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write the whole report into this file as JSON too.")]

BAD_ROWS_SHOWN = 20
LABELS_NAMED = 8


@app.command()
def evaluate(
    file: File,
    precision: Precision = 0.95,
    seed: Seed = 20_260_101,
    text_column: TextColumn = "text",
    label_column: LabelColumn = "label",
    json_file: Json = None,
) -> None:
    """Judge by cross-validation how well the texts of FILE can be told apart. Equal texts stay in one fold."""
    samples = _read(file, text_column=text_column, label_column=label_column)
    from tianqu.kernel.orders.classify.training import evaluated

    with _Progress() as progress:
        report = evaluated(samples, precision=precision, seed=seed, progress=progress.at)
    _show(report, samples, json_file=json_file)


@app.command()
def train(
    file: File,
    precision: Precision = 0.95,
    seed: Seed = 20_260_101,
    text_column: TextColumn = "text",
    label_column: LabelColumn = "label",
    name: Annotated[str, typer.Option(help="What the model is for; dispatch is the one that dispatches.")] = "dispatch",
    folder: Annotated[Path | None, typer.Option(help="Where models are kept (var/models by default).")] = None,
    json_file: Json = None,
) -> None:
    """Train a model on FILE, judge it by cross-validation, and make it the current one."""
    samples = _read(file, text_column=text_column, label_column=label_column)
    from tianqu.kernel.orders.classify.training import trained
    from tianqu.project.database import var_folder

    with _Progress() as progress:
        model, report = trained(samples, precision=precision, seed=seed, progress=progress.at)
    _show(report, samples, json_file=json_file)
    kept = model.save(folder or var_folder() / "models", name=name)
    typer.echo(
        f"Saved as {kept.stem} with {len(model.labels)} labels and {len(model.buckets):,} features in {kept.parent}."
    )


@app.command()
def learn(precision: Precision = 0.95, json_file: Json = None) -> None:
    """Train the dispatching model on this realm's own closed requests, and make it the current one."""
    from tianqu.project.starting import start_django

    start_django()
    from tianqu.kernel.journal.api import SYSTEM, seeing
    from tianqu.kernel.orders.classify.closed_orders import train_from_orders
    from tianqu.kernel.orders.classify.samples import Samples

    with seeing(SYSTEM.scope):
        report = train_from_orders(SYSTEM, precision=precision)
    _show(report, Samples(), json_file=json_file)


def _read(file: Path, *, text_column: str, label_column: str) -> Samples:
    from tianqu.kernel.orders.classify.samples import samples_in

    return samples_in(file, text_column=text_column, label_column=label_column)


class _Progress:
    """A bar on the terminal; nothing where the output is a file."""

    def __enter__(self) -> _Progress:
        from rich.console import Console
        from rich.progress import Progress

        self.bar = Progress(console=Console(stderr=True), transient=True)
        self.task = self.bar.add_task("reading", total=1.0)
        self.bar.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.bar.stop()

    def at(self, step: str, share: float) -> None:
        """Say that ``share`` of the work is done."""
        self.bar.update(self.task, description=step, completed=share)


def _show(report: Report, samples: Samples, *, json_file: Path | None) -> None:
    import json

    from rich.console import Console

    console = Console(soft_wrap=True)
    _show_rows(console, report, samples)
    _show_classes(console, report)
    _show_confidence(console, report)
    if json_file is not None:
        bad = [{"line": row.line, "reason": row.reason} for row in samples.bad]
        json_file.write_text(json.dumps(report.plain() | {"bad": bad}, ensure_ascii=False, indent=1), encoding="utf-8")
    console.print(f"Took {report.seconds:.1f} s. Seed {report.seed}.")


def _show_rows(console, report: Report, samples: Samples) -> None:  # type: ignore[no-untyped-def]  # rich is not loaded
    console.print(
        f"{report.rows:,} rows used, {report.labels} labels, encoding {report.encoding};"
        f" {report.duplicates:,} duplicates kept in one fold with their like;"
        f" {report.contradictions:,} texts stand under more than one label."
    )
    if samples.bad:
        console.print(f"{len(samples.bad):,} rows were not used:")
        for row in samples.bad[:BAD_ROWS_SHOWN]:
            console.print(f"  line {row.line}: {row.reason}")
        if len(samples.bad) > BAD_ROWS_SHOWN:
            console.print(f"  and {len(samples.bad) - BAD_ROWS_SHOWN:,} more (all of them with --json)")
    if report.left_out:
        console.print(f"Left out, because a label needs two different texts to be learnt: {_some(report.left_out)}.")
    if report.few:
        console.print(f"Fewer than ten different texts, so that their figures say little: {_some(report.few)}.")


def _some(labels: tuple[str, ...]) -> str:
    more = len(labels) - LABELS_NAMED
    return ", ".join(labels[:LABELS_NAMED]) + (f" and {more} more" if more > 0 else "")


def _show_classes(console, report: Report) -> None:  # type: ignore[no-untyped-def]
    from rich.table import Table

    table = Table("label", title=f"By cross-validation, {report.folds_tried} of {report.folds} folds tried")
    for heading in ("texts", "precision", "recall", "F1"):
        table.add_column(heading, justify="right")
    for measure in sorted(report.classes, key=lambda each: -each.support):
        table.add_row(
            measure.label, f"{measure.support:,}", f"{measure.precision:.3f}", f"{measure.recall:.3f}",
            f"{measure.f1:.3f}",
        )  # fmt: skip
    table.add_section()
    tried = sum(measure.support for measure in report.classes)
    table.add_row(
        "macro average", f"{tried:,}", f"{report.macro_precision:.3f}", f"{report.macro_recall:.3f}",
        f"{report.macro_f1:.3f}",
    )  # fmt: skip
    console.print(table)
    console.print(
        f"macro-F1 {report.macro_f1:.4f}  weighted F1 {report.weighted_f1:.4f}  accuracy {report.accuracy:.4f}"
    )
    if report.confusions:
        console.print("Most often confused:")
        for pair in report.confusions:
            console.print(f"  {pair.truth} taken for {pair.guessed}: {pair.count:,} ({pair.share:.1%} of its texts)")


def _show_confidence(console, report: Report) -> None:  # type: ignore[no-untyped-def]
    from rich.table import Table

    table = Table("confidence", title="How honest the confidence is")
    for heading in ("texts", "said", "was right"):
        table.add_column(heading, justify="right")
    for each in report.bins:
        table.add_row(
            f"{each.lowest:.1f}–{each.highest:.1f}", f"{each.count:,}", f"{each.confidence:.3f}", f"{each.right:.3f}"
        )
    console.print(table)
    console.print(f"Expected calibration error (ECE, 10 bins) {report.ece:.4f}")
    abstention = report.abstention
    reached = "none decided" if abstention.precision_reached is None else f"reached {abstention.precision_reached:.4f}"
    console.print(
        f"At the precision {abstention.precision_wanted:.2f} ({reached}) it abstains on"
        f" {abstention.share_abstained:.1%} and decides {abstention.decided:,} by itself."
    )
