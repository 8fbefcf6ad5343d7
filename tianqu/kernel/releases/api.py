"""The door of releases: everything that other rooms, packs and pages may use."""

from tianqu.kernel.releases.prose.checking import Reading, check_allowances, read_prose
from tianqu.kernel.releases.prose.digits import Allowances
from tianqu.kernel.releases.prose.document import At, Document, Language
from tianqu.kernel.releases.prose.findings import Finding, Kind, ProseFaults
from tianqu.kernel.releases.prose.printing import PrintedCase, PrintedFigure, PrintedRelation
from tianqu.kernel.releases.prose.resolved import ResolvedDocument
from tianqu.kernel.releases.prose.resolving import Quotable, differing_figures, quoted_in, resolve
from tianqu.kernel.releases.rendering.imprint import Imprint, renderer_pins
from tianqu.kernel.releases.rendering.papers import Papers, render, render_page

__all__ = [
    "Allowances",
    "At",
    "Document",
    "Finding",
    "Imprint",
    "Kind",
    "Language",
    "Papers",
    "PrintedCase",
    "PrintedFigure",
    "PrintedRelation",
    "ProseFaults",
    "Quotable",
    "Reading",
    "ResolvedDocument",
    "check_allowances",
    "differing_figures",
    "quoted_in",
    "read_prose",
    "render",
    "render_page",
    "renderer_pins",
    "resolve",
]
