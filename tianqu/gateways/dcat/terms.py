"""The vocabularies: what our domains, frequencies and forms are called in those of the European Union and IANA."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_AUTHORITY: Final = "http://publications.europa.eu/resource/authority"

CONTEXT: Final[Mapping[str, Any]] = {
    "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#", "spdx": "http://spdx.org/rdf/terms#",
    "hydra": "http://www.w3.org/ns/hydra/core#", "xsd": "http://www.w3.org/2001/XMLSchema#",
}  # fmt: skip

# Source: the authority table "Data theme" of the EU Publications Office, which DCAT-AP prescribes.
_THEMES: Final[Mapping[str, str]] = {
    "agriculture": "AGRI", "civil": "SOCI", "climate": "ENVI", "credit": "ECON", "culture": "EDUC",
    "education": "EDUC", "environment": "ENVI", "finance": "ECON", "geography": "REGI", "government": "GOVE",
    "health": "HEAL", "industry": "ECON", "justice": "JUST", "living": "SOCI", "resources": "ENER", "safety": "JUST",
    "town": "REGI", "transport": "TRAN", "market": "ECON",
}  # fmt: skip
# The same of the domains of figures, which are those of the programme.
_FIGURE_THEMES: Final[Mapping[str, str]] = {
    "consortium": "AGRI", "culture": "EDUC", "donors": "HEAL", "enterprise": "ECON", "environment": "ENVI",
    "factors": "ECON", "fiscal": "ECON", "grassroots": "GOVE", "open-economy": "ECON", "process": "GOVE",
    "programme": "GOVE", "public-health": "HEAL", "rule-of-law": "JUST", "rural": "AGRI", "science-education": "EDUC",
    "talent": "EDUC", "village-oversight": "GOVE", "volunteers": "SOCI",
}  # fmt: skip
_FREQUENCIES: Final[Mapping[str, str]] = {
    "never": "NEVER", "daily": "DAILY", "weekly": "WEEKLY", "monthly": "MONTHLY", "quarterly": "QUARTERLY",
    "yearly": "ANNUAL", "irregular": "IRREG",
}  # fmt: skip
_FORMATS: Final[Mapping[str, str]] = {"csv": "CSV", "json": "JSON", "jsonl": "JSON", "parquet": "PARQUET"}
SHA256: Final = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
LANGUAGES: Final = (f"{_AUTHORITY}/language/ZHO", f"{_AUTHORITY}/language/ENG")


def theme(domain: str) -> str:
    """The EU's theme of a domain."""
    return f"{_AUTHORITY}/data-theme/{_THEMES[domain]}"


def figure_theme(domain: str) -> str | None:
    """The EU's theme of a figure's domain; None for a domain that the list does not have."""
    name = _FIGURE_THEMES.get(domain)
    return f"{_AUTHORITY}/data-theme/{name}" if name else None


def period_frequency(period: str) -> str | None:
    """The EU's name of how often there is such a period: a year, a quarter, a month or a day; None for other ones."""
    names = {"0000": "yearly", "0000-Q0": "quarterly", "0000-00": "monthly", "0000-00-00": "daily"}
    name = names.get(re.sub(r"[0-9]", "0", period))
    return frequency(name) if name else None


def frequency(name: str) -> str:
    """The EU's name of a frequency."""
    return f"{_AUTHORITY}/frequency/{_FREQUENCIES[name]}"


def file_type(form: str) -> str:
    """The EU's name of a form of file."""
    return f"{_AUTHORITY}/file-type/{_FORMATS[form]}"


def media_type(text: str) -> str:
    """IANA's address of a media type."""
    return f"https://www.iana.org/assignments/media-types/{text.partition(';')[0]}"
