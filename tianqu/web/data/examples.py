"""How a dataset is quoted, and how a program asks for it: texts that work when they are copied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from tianqu.kernel.datasets.api import Dataset, Schema, Version
from tianqu.web.data.words import said, title_of
from tianqu.web.layout.formats import day

_BRACED: Final = re.compile(r"([{}\\])")


@dataclass(frozen=True, slots=True)
class Citation:
    """A dataset quoted: as a sentence, and for BibTeX."""

    text: str
    bibtex: str


def citation(dataset: Dataset, version: Version, office: str) -> Citation:
    """Quote one version of a dataset by its permanent address."""
    address = settings.TIANQU_ORIGIN + reverse(
        "dataset_version", kwargs={"code": dataset.code, "number": version.number}
    )
    told = {
        "office": office, "year": version.made_at.year, "title": title_of(dataset), "version": version.number,
        "address": address, "day": day(version.made_at), "realm": realm(),
    }  # fmt: skip
    text = _("%(office)s (%(year)s): %(title)s, version %(version)s of %(day)s. %(realm)s. %(address)s") % told
    key = re.sub(r"[^a-z0-9]+", "-", dataset.code) + f"-v{version.number}"
    fields = {
        "title": title_of(dataset), "author": "{" + _BRACED.sub("", office) + "}", "year": str(version.made_at.year),
        "version": str(version.number), "publisher": realm(), "url": address,
    }  # fmt: skip
    lines = [
        f"  {name} = {{{value if name == 'author' else _BRACED.sub('', value)}}}" for name, value in fields.items()
    ]
    return Citation(text, "@misc{" + key + ",\n" + ",\n".join(lines) + "\n}")


def realm() -> str:
    """The prefecture's name in the page's language."""
    names: dict[str, str] = settings.TIANQU_REALM_NAMES
    return said(names["zh"], names["en"])


def api_examples(dataset: Dataset, schema: Schema) -> list[tuple[str, str]]:
    """The dataset by curl, Python and R: its description, a page of rows, groups, the whole."""
    base = f"{settings.TIANQU_ORIGIN}/api/v1/datasets/{dataset.code}"
    column = next((each.name for each in schema.columns if each.type in ("text", "date")), schema.names[0])
    curl = (
        f"curl '{base}'\n"
        f"curl '{base}/rows?limit=10&sort=-{column}'\n"
        f"curl '{base}/groups?group={column}&measure=count&sort=-count'\n"
        f"curl -o {dataset.code}.parquet '{base}/export.parquet'"
    )
    python = (
        "import json\nfrom urllib.request import urlopen\n\n"
        f'page = json.load(urlopen("{base}/rows?limit=100"))\n'
        'for row in page["rows"]:\n    print(row)\n\n'
        "import pandas  # the whole, as a table\n"
        f'table = pandas.read_csv("{base}/export.csv")'
    )
    r = (
        f'table <- read.csv("{base}/export.csv", fileEncoding = "UTF-8-BOM")\n'
        "# or by groups:\n"
        f'groups <- jsonlite::fromJSON("{base}/groups?group={column}&measure=count")$rows'
    )
    return [("curl", curl), ("Python", python), ("R", r), *_described(dataset)]


def _described(dataset: Dataset) -> list[tuple[str, str]]:
    """Where other programs find what an open dataset is."""
    if dataset.access != "open":
        return []
    named = {"code": dataset.code}
    csvw, dcat = (settings.TIANQU_ORIGIN + reverse(name, kwargs=named) for name in ("csvw_metadata", "dcat_dataset"))
    return [("CSVW, DCAT-AP", f"curl '{csvw}'\ncurl '{dcat}'")]
