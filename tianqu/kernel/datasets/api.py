"""The door of datasets: everything that other rooms may use."""

from tianqu.kernel.datasets.catalogue import (
    CatalogueAsked,
    CatalogueFacets,
    CataloguePage,
    catalogue,
    catalogue_codes,
    catalogue_facets,
)
from tianqu.kernel.datasets.cells import cells_page, make_cells
from tianqu.kernel.datasets.declarations import (
    ACCESSES,
    DEFAULT_LICENCE,
    DOMAINS,
    FREQUENCIES,
    LICENCES,
    DatasetDeclaration,
    JournalSource,
    declared_datasets,
    register_dataset,
)
from tianqu.kernel.datasets.declared import answering_unit, describe_declared, due_datasets
from tianqu.kernel.datasets.describing import Description, change_dataset, describe_dataset, withdraw_dataset
from tianqu.kernel.datasets.engine import Busy, QueryTooLong, forget_engine
from tianqu.kernel.datasets.exporting import EXPORTS, Export, export_rows
from tianqu.kernel.datasets.forgetting import erase_versions, make_anew
from tianqu.kernel.datasets.guessing import Guess, guess_columns
from tianqu.kernel.datasets.ingesting import Ingested, ingest
from tianqu.kernel.datasets.loading import load_version
from tianqu.kernel.datasets.materialising import materialise
from tianqu.kernel.datasets.models import Dataset, Version
from tianqu.kernel.datasets.parts import Part
from tianqu.kernel.datasets.publishing import Origin, publish_version
from tianqu.kernel.datasets.questions import (
    FUNCTIONS,
    OPERATORS,
    PAGE_MAX,
    Condition,
    Measure,
    Question,
    question_of,
    written,
)
from tianqu.kernel.datasets.reading import (
    Opened,
    Page,
    dataset_called,
    dataset_with,
    groups_page,
    may_know,
    may_read_rows,
    measured,
    open_at,
    open_version,
    opened,
    row_numbered,
    rows_page,
    version_at,
    versions_of,
)
from tianqu.kernel.datasets.schema import TYPES, Column, Schema, Value, checked_schema, schema_of
from tianqu.kernel.datasets.sql import Answer, ask_sql
from tianqu.kernel.datasets.storage import DiskFull, pieces, size_of, working_file
from tianqu.kernel.datasets.sweeping import sweep
from tianqu.kernel.datasets.uploaded_files import KINDS, FileKind, Refused, headings, kind_of

__all__ = [
    "ACCESSES",
    "DEFAULT_LICENCE",
    "DOMAINS",
    "EXPORTS",
    "FREQUENCIES",
    "FUNCTIONS",
    "KINDS",
    "LICENCES",
    "OPERATORS",
    "PAGE_MAX",
    "TYPES",
    "Answer",
    "Busy",
    "CatalogueAsked",
    "CatalogueFacets",
    "CataloguePage",
    "Column",
    "Condition",
    "Dataset",
    "DatasetDeclaration",
    "Description",
    "DiskFull",
    "Export",
    "FileKind",
    "Guess",
    "Ingested",
    "JournalSource",
    "Measure",
    "Opened",
    "Origin",
    "Page",
    "Part",
    "QueryTooLong",
    "Question",
    "Refused",
    "Schema",
    "Value",
    "Version",
    "answering_unit",
    "ask_sql",
    "catalogue",
    "catalogue_codes",
    "catalogue_facets",
    "cells_page",
    "change_dataset",
    "checked_schema",
    "dataset_called",
    "dataset_with",
    "declared_datasets",
    "describe_dataset",
    "describe_declared",
    "due_datasets",
    "erase_versions",
    "export_rows",
    "forget_engine",
    "groups_page",
    "guess_columns",
    "headings",
    "ingest",
    "kind_of",
    "load_version",
    "make_anew",
    "make_cells",
    "materialise",
    "may_know",
    "may_read_rows",
    "measured",
    "open_at",
    "open_version",
    "opened",
    "pieces",
    "publish_version",
    "question_of",
    "register_dataset",
    "row_numbered",
    "rows_page",
    "schema_of",
    "size_of",
    "sweep",
    "version_at",
    "versions_of",
    "withdraw_dataset",
    "working_file",
    "written",
]
