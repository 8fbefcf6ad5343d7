"""The door of releases: everything that other rooms, packs and pages may use."""

from tianqu.kernel.releases.conflicts import conflicts_of, unexplained
from tianqu.kernel.releases.corrections import Ahead, changes_ahead, edition_before
from tianqu.kernel.releases.editions import Rerun, newest_edition, paper_of, publish_release, rerun_edition
from tianqu.kernel.releases.errata import ErratumDue, errata_due, note_errata, tell_errata
from tianqu.kernel.releases.in_hand import (
    STANDINGS,
    ReleaseInHand,
    readings_of,
    release_in_hand,
    releases_in_hand,
    revisions_of,
    written_release,
)
from tianqu.kernel.releases.models import Edition, Release, Revision, Signature, Signing, State
from tianqu.kernel.releases.previewing import Preview, early_page, preview_page
from tianqu.kernel.releases.prose.checking import Reading, check_allowances, read_prose
from tianqu.kernel.releases.prose.digits import Allowances
from tianqu.kernel.releases.prose.document import At, Document, Language
from tianqu.kernel.releases.prose.findings import Finding, Kind, ProseFaults
from tianqu.kernel.releases.prose.printing import PrintedCase, PrintedFigure, PrintedRelation
from tianqu.kernel.releases.prose.resolved import ResolvedDocument
from tianqu.kernel.releases.prose.resolving import Quotable, differing_figures, quoted_in, resolve
from tianqu.kernel.releases.published import (
    PublicRelease,
    edition_numbered,
    public_editions,
    public_release,
    public_releases,
    public_releases_called,
)
from tianqu.kernel.releases.rendering.imprint import Imprint, renderer_pins
from tianqu.kernel.releases.rendering.papers import Papers, render, render_page
from tianqu.kernel.releases.signing import (
    REASON_MAX,
    ask_signatures,
    asked_units,
    may_sign,
    sign_figures,
    signatures_of,
)
from tianqu.kernel.releases.watching import SigningWatcher, watch_signing
from tianqu.kernel.releases.writing import (
    Proof,
    admit_readers,
    draft_release,
    proof_of_words,
    proof_read,
    read_early,
    release_codes,
    revise_release,
    revision_of,
)

__all__ = [
    "REASON_MAX",
    "STANDINGS",
    "Ahead",
    "Allowances",
    "At",
    "Document",
    "Edition",
    "ErratumDue",
    "Finding",
    "Imprint",
    "Kind",
    "Language",
    "Papers",
    "Preview",
    "PrintedCase",
    "PrintedFigure",
    "PrintedRelation",
    "Proof",
    "ProseFaults",
    "PublicRelease",
    "Quotable",
    "Reading",
    "Release",
    "ReleaseInHand",
    "Rerun",
    "ResolvedDocument",
    "Revision",
    "Signature",
    "Signing",
    "SigningWatcher",
    "State",
    "admit_readers",
    "ask_signatures",
    "asked_units",
    "changes_ahead",
    "check_allowances",
    "conflicts_of",
    "differing_figures",
    "draft_release",
    "early_page",
    "edition_before",
    "edition_numbered",
    "errata_due",
    "may_sign",
    "newest_edition",
    "note_errata",
    "paper_of",
    "preview_page",
    "proof_of_words",
    "proof_read",
    "public_editions",
    "public_release",
    "public_releases",
    "public_releases_called",
    "publish_release",
    "quoted_in",
    "read_early",
    "read_prose",
    "readings_of",
    "release_codes",
    "release_in_hand",
    "releases_in_hand",
    "render",
    "render_page",
    "renderer_pins",
    "rerun_edition",
    "resolve",
    "revise_release",
    "revision_of",
    "revisions_of",
    "sign_figures",
    "signatures_of",
    "tell_errata",
    "unexplained",
    "watch_signing",
    "written_release",
]
