"""The vocabularies: what our domains, frequencies and forms are called in those of the European Union and IANA."""

from __future__ import annotations

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
_FREQUENCIES: Final[Mapping[str, str]] = {
    "never": "NEVER", "daily": "DAILY", "weekly": "WEEKLY", "monthly": "MONTHLY", "quarterly": "QUARTERLY",
    "yearly": "ANNUAL", "irregular": "IRREG",
}  # fmt: skip
_FORMATS: Final[Mapping[str, str]] = {"csv": "CSV", "jsonl": "JSON", "parquet": "PARQUET"}
SHA256: Final = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
LANGUAGES: Final = (f"{_AUTHORITY}/language/ZHO", f"{_AUTHORITY}/language/ENG")


def theme(domain: str) -> str:
    """The EU's theme of a domain."""
    return f"{_AUTHORITY}/data-theme/{_THEMES[domain]}"


def frequency(name: str) -> str:
    """The EU's name of a frequency."""
    return f"{_AUTHORITY}/frequency/{_FREQUENCIES[name]}"


def file_type(form: str) -> str:
    """The EU's name of a form of file."""
    return f"{_AUTHORITY}/file-type/{_FORMATS[form]}"


def media_type(text: str) -> str:
    """IANA's address of a media type."""
    return f"https://www.iana.org/assignments/media-types/{text.partition(';')[0]}"
