"""Releases over HTTP: what is public, and for those who work on one its text, revisions, signatures and editions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Query, Router, Status
from pydantic import BaseModel, ConfigDict, Field

from tianqu.base.canonical import plain
from tianqu.kernel.figures.api import told_to
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.releases.api import (
    STANDINGS,
    Edition,
    Finding,
    Release,
    ReleaseInHand,
    edition_numbered,
    proof_of_words,
    public_editions,
    public_release,
    public_releases,
    publish_release,
    release_in_hand,
    releases_in_hand,
    revision_of,
    revisions_of,
    written_release,
)
from tianqu.web.api.bodies import Body
from tianqu.web.api.doors import with_token
from tianqu.web.api.performing import Deed, Key, actor_of_request, perform
from tianqu.web.api.values import Cursor, Limit, Moment, Version, Words, word
from tianqu.web.releases.words import finding_said

router = Router(tags=["releases"])

ReleaseCode = Annotated[
    str, Path(max_length=80, pattern=r"^[a-z0-9][a-z0-9-]{2,79}$", description="Code of the release.")
]


class PublicReleaseRow(BaseModel):
    """A public release: its titles, its newest edition, and since when each is public."""

    code: str
    title: str
    title_en: str
    issuer: str
    issuer_en: str
    edition: int
    public_at: datetime
    corrected_at: datetime


class PublicReleaseList(BaseModel):
    """A page of public releases, the newest first; ``next`` is where the next one begins."""

    rows: list[PublicReleaseRow]
    next: str | None


class EditionRow(BaseModel):
    """An edition: why there is another one, what it prints otherwise, and the SHA-256 of each paper."""

    number: int
    public_at: datetime
    made_at: datetime
    erratum: str
    erratum_en: str
    changes: list[dict[str, Any]]
    passages: list[dict[str, Any]]
    hashes: dict[str, str]


class PublicReleaseWhole(BaseModel):
    """A public release with the text and the figures of its newest edition, and all editions."""

    code: str
    issuer: str
    issuer_en: str
    title: str
    title_en: str
    text: str
    text_en: str
    figures: dict[str, Any]
    editions: list[EditionRow]


class PublicReleasesAsked(BaseModel):
    """A page of the public list."""

    model_config = ConfigDict(extra="forbid")
    after: Cursor | None = None
    limit: Limit = 50


class WorkAsked(PublicReleasesAsked):
    """What one's own releases are narrowed to."""

    text: Words = ""
    standing: str = Field("", pattern=rf"^(?:{'|'.join(STANDINGS)})?$")


class SignatureRow(BaseModel):
    """What a unit said to its figures as they were printed, and conflicts in which these stood when it was asked."""

    unit_id: UUID
    revision: int
    state: str
    reason: str
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None
    figures: dict[str, Any]
    conflicts: list[dict[str, Any]]


class ReleaseInWork(BaseModel):
    """A release in work, with what the units said to its newest revision as far as it is for the caller."""

    id: UUID
    code: str
    title: str
    title_en: str
    unit_id: UUID
    standing: str
    revision: int
    edition: int
    public_at: datetime | None
    changed_at: datetime
    signatures: list[SignatureRow]


class ReleasesInWork(BaseModel):
    """A page of one's own releases, the last changed first."""

    rows: list[ReleaseInWork]
    next: str | None


class RevisionRow(BaseModel):
    """A revision: who kept it, and when."""

    number: int
    made_at: datetime
    post_id: UUID | None


class ProseFinding(BaseModel):
    """What is wrong with a text: where, what, and what would be right."""

    kind: str
    line: int
    column: int
    excerpt: str
    said: str


class RevisionWhole(RevisionRow):
    """A revision with its texts, and what is wrong with each language."""

    text: str
    text_en: str
    findings: list[ProseFinding]
    findings_en: list[ProseFinding]


class EditionBody(Body):
    """Publish a signed text: at once, or seen from ``public_at`` on. Another edition says what was wrong."""

    expected_revision: Version
    public_at: Moment | None = None
    erratum: Annotated[str, word(2_000)] = ""
    erratum_en: Annotated[str, word(2_000)] = ""


@router.get("/releases", response=PublicReleaseList, summary="Releases that are public")
def releases(request: HttpRequest, asked: Query[PublicReleasesAsked]) -> Any:
    """List public releases, the newest first. One under embargo is as if it were not there."""
    found = public_releases(actor_of_request(request), after=asked.after or "", limit=asked.limit + 1)
    rows = [
        {
            "code": each.release.code, "title": each.title, "title_en": each.title_en, "issuer": each.release.issuer,
            "issuer_en": each.release.issuer_en, "edition": each.edition, "public_at": each.release.public_at,
            "corrected_at": each.corrected_at,
        }
        for each in found[: asked.limit]
    ]  # fmt: skip
    return {"rows": rows, "next": found[asked.limit - 1].mark if len(found) > asked.limit else None}


@router.get(
    "/releases-in-work", response=ReleasesInWork, summary="Releases that one writes or signs", auth=with_token
)  # fmt: skip
def in_work(request: HttpRequest, asked: Query[WorkAsked]) -> Any:
    """List the releases of one's office and those that one's unit signs. Needs releases.read_early."""
    found = releases_in_hand(
        actor_of_request(request), text=asked.text, standing=asked.standing, after=asked.after or "",
        limit=asked.limit + 1,
    )  # fmt: skip
    return {
        "rows": [_in_work(each) for each in found[: asked.limit]],
        "next": found[asked.limit - 1].mark if len(found) > asked.limit else None,
    }


@router.get("/releases/{code}", response=PublicReleaseWhole, summary="A public release with its text and figures")
def release(request: HttpRequest, code: ReleaseCode) -> Any:
    """Read a release's newest public edition: its text with placeholders, what each figure printed, and its pins."""
    actor = actor_of_request(request)
    found = public_release(actor, code)
    edition = edition_numbered(found)
    text = revision_of(found, number=edition.revision)
    titles = edition.pins["titles"]
    return {
        "code": found.code, "issuer": found.issuer, "issuer_en": found.issuer_en, "title": titles[0],
        "title_en": titles[1], "text": text.text, "text_en": text.text_en,
        "figures": _figures(actor, edition.pins["figures"]),
        "editions": [_edition(each) for each in public_editions(found)],
    }  # fmt: skip


def _figures(actor: Actor, pins: Mapping[str, Any]) -> dict[str, Any]:
    """What each figure printed, with as much of its way down as the caller may be told."""
    return {
        code: {
            **pin, "lineage": told_to(actor, pin["lineage"]),
            "change": pin["change"] and {**pin["change"], "lineage": told_to(actor, pin["change"]["lineage"])},
        }
        for code, pin in pins.items()
    }  # fmt: skip


@router.get(
    "/releases/{code}/work", response=ReleaseInWork, summary="A release in work, with its signatures", auth=with_token
)
def work(request: HttpRequest, code: ReleaseCode) -> Any:
    """Read where a release stands. A unit sees its own signature alone. Needs releases.read_early."""
    return _in_work(release_in_hand(actor_of_request(request), code))


@router.get(
    "/releases/{code}/revisions", response=list[RevisionRow], summary="The revisions of a release", auth=with_token
)
def revisions(request: HttpRequest, code: ReleaseCode) -> Any:
    """List every state of its text, the newest first. Needs releases.revise over the release."""
    found = written_release(actor_of_request(request), code)
    kept = revisions_of(found.release)
    return [{"number": each.number, "made_at": each.made_at, "post_id": each.post_id} for each in kept]


@router.get(
    "/releases/{code}/revisions/{number}", response=RevisionWhole, summary="One revision with its texts",
    auth=with_token,
)  # fmt: skip
def revision(request: HttpRequest, code: ReleaseCode, number: Annotated[Version, Path()]) -> Any:
    """Read a revision in both languages, and what is wrong with it. Needs releases.revise over the release."""
    actor = actor_of_request(request)
    found = written_release(actor, code)
    text = revision_of(found.release, number=number)
    proof = proof_of_words(actor, found.release, text=text.text, text_en=text.text_en)
    return {
        "number": text.number, "made_at": text.made_at, "post_id": text.post_id, "text": text.text,
        "text_en": text.text_en, "findings": [_finding(each) for each in proof.findings],
        "findings_en": [_finding(each) for each in proof.findings_en],
    }  # fmt: skip


@router.post(
    "/releases/{code}/editions", response={201: EditionRow}, summary="Publish a signed text, now or under embargo",
    operation_id="releases_publish", auth=with_token,
)  # fmt: skip
def publish(request: HttpRequest, code: ReleaseCode, body: EditionBody, idempotency_key: Key = None) -> Any:
    """Make an edition of the newest revision, which every unit has signed. Needs releases.publish over the release."""
    actor = actor_of_request(request)
    found = release_in_hand(actor, code)
    arguments = {"release_id": found.release.id, **body.model_dump()}
    told = perform(request, Deed("releases.publish", _publish), actor, idempotency_key, arguments)
    return Status(201, told)


def _publish(actor: Actor, **arguments: Any) -> dict[str, Any]:
    return cast(dict[str, Any], plain(_edition(publish_release(actor, **arguments))))


def _edition(edition: Edition) -> dict[str, Any]:
    return {
        "number": edition.number, "public_at": edition.public_at, "made_at": edition.made_at,
        "erratum": edition.erratum, "erratum_en": edition.erratum_en, "changes": edition.changes,
        "passages": edition.passages, "hashes": edition.hashes,
    }  # fmt: skip


def _in_work(found: ReleaseInHand) -> dict[str, Any]:
    release: Release = found.release
    return {
        "id": release.id, "code": release.code, "title": found.title, "title_en": found.title_en,
        "unit_id": release.unit_id, "standing": found.standing, "revision": release.revision,
        "edition": release.edition, "public_at": release.public_at, "changed_at": release.changed_at,
        "signatures": [
            {
                "unit_id": each.unit_id, "revision": each.revision, "state": each.state, "reason": each.reason,
                "asked_at": each.asked_at, "due_at": each.due_at, "answered_at": each.answered_at,
                "figures": each.values, "conflicts": each.conflicts.get("conflicts", []),
            }
            for each in found.signatures
        ],
    }  # fmt: skip


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind, "line": finding.line, "column": finding.column, "excerpt": finding.excerpt,
        "said": " ".join(finding_said(finding)),
    }  # fmt: skip
