"""The steps of the demonstration: datasets of 2020 with invented rows, and each reported figure computed from them."""

from __future__ import annotations

from uuid import UUID

import yaml

from tianqu.kernel.datasets.api import (
    Description,
    catalogue_codes,
    declared_datasets,
    describe_dataset,
    describe_declared,
    load_version,
    materialise,
    working_file,
)
from tianqu.kernel.figures.api import (
    FigureDefinition,
    NotComputed,
    check_now,
    compute_figures,
    define_figure,
    measures_in,
    read_definition,
    read_relations,
    relate_figures,
)
from tianqu.kernel.journal.api import SYSTEM, place_entries, seeing
from tianqu.kernel.pack.api import DemoStage
from tianqu.kernel.places.api import places_in, unit_called
from tianqu.packs.opendata.inventing import InventedDataset, invented_csv, read_invented


def datasets_of_offices(stage: DemoStage) -> int:
    """Describe and publish the realm's invented datasets that are not there yet; return how many were new."""
    with seeing(SYSTEM.scope):
        there = catalogue_codes()
    counties = counties_of(stage)
    wanted = [dataset for dataset in read_invented(stage.realm) if dataset.code not in there]
    for done, dataset in enumerate(wanted):
        stage.tell(done, len(wanted))
        _publish(dataset, counties, seed=stage.seed)
    stage.tell(len(wanted), len(wanted))
    return len(wanted)


def _publish(dataset: InventedDataset, counties: list[str], *, seed: int) -> None:
    told = dataset.told
    with seeing(SYSTEM.scope):
        unit = unit_called(told["unit"])
    made = describe_dataset(
        SYSTEM,
        description=Description(
            code=dataset.code, title=told["title"], title_en=told["title_en"], domain=told["domain"], unit_id=unit.id,
            access=told.get("access", "open"), cells=tuple(told.get("cells", ())), grain=told["grain"],
            grain_en=told["grain_en"], description=told.get("description", ""),
            description_en=told.get("description_en", ""), frequency="yearly",
        ),
    )  # fmt: skip
    load_rows(dataset, counties, dataset_id=made.id, seed=seed, mistyped=True)


def load_rows(
    dataset: InventedDataset, counties: list[str], *, dataset_id: UUID, seed: int, mistyped: bool = False
) -> None:
    """Load a dataset's invented rows as its next version; ``mistyped`` with the mistake of its first, if it has one."""
    with working_file(".csv") as path:
        path.write_bytes(invented_csv(dataset, counties, seed=seed, mistyped=mistyped))
        load_version(SYSTEM, dataset_id=dataset_id, path=path, schema=dataset.schema, name=f"{dataset.code}.csv")


def counties_of(stage: DemoStage) -> list[str]:
    """The names of the realm's counties, over which rows are invented."""
    with seeing(SYSTEM.scope):
        return [place.name for place in places_in(stage.root) if place.kind == "county"]


def datasets_of_journal(stage: DemoStage) -> int:
    """Materialise the declared datasets of which the realm's figures are computed; return how many have a version."""
    measured = {measure.dataset for each in _definitions(stage) for measure in measures_in(each.formula)}
    codes = sorted(measured & declared_datasets().keys())
    stage.tell(0, len(codes) + 1)
    if codes:
        place_entries()
        describe_declared()
    for done, code in enumerate(codes, start=1):
        stage.tell(done, len(codes) + 1)
        materialise(code)
    stage.tell(len(codes) + 1, len(codes) + 1)
    return len(codes)


def _definitions(stage: DemoStage) -> list[FigureDefinition]:
    path = stage.realm / "figures.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))["figures"] if path.is_file() else []
    return [read_definition(each) for each in told]


def figures_of_year(stage: DemoStage) -> int:
    """Define the realm's figures and compute each for its periods; return how many values there are."""
    definitions = _definitions(stage)
    figures = [define_figure(SYSTEM, definition=definition) for definition in definitions]
    refused: list[NotComputed] = []
    with seeing(SYSTEM.scope):
        count = compute_figures(
            SYSTEM, figures, refused=refused.append, progress=lambda done: stage.tell(done, len(figures))
        )
    assert not refused, [(each.code, each.period, str(each.error)) for each in refused]
    return count


def relations_of_figures(stage: DemoStage) -> int:
    """Declare what the realm's figures have to do with each other, and check them; return how many relations."""
    relations = [
        relation
        for path in sorted(stage.realm.glob("figures-*.yaml"))
        for relation in read_relations(yaml.safe_load(path.read_text(encoding="utf-8")))
    ]
    if not relations:
        return 0
    stage.tell(0, 2)
    relate_figures(SYSTEM, relations=relations)
    stage.tell(1, 2)
    check_now()
    stage.tell(2, 2)
    return len(relations)
