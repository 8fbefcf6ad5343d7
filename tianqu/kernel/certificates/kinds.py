"""What a pack declares of its certificates, so that this room knows nothing of volunteers or troupes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext

from tianqu.base.declared import Declared
from tianqu.base.errors import _
from tianqu.kernel.journal.api import Actor

Title: TypeAlias = Promise | str
FEN_A_YUAN: Final = 100


@dataclass(frozen=True, slots=True)
class Amount:
    """What a ledger counts, and how a paper says it. ``key`` is its name in what is certified: "minutes"."""

    key: str
    title: Title  # above the column of the lines
    figure: Callable[[int], str]
    said: Callable[[int], str]


def minutes_said(minutes: int) -> str:
    """Minutes as hours and minutes, to the minute."""
    hours, rest = divmod(minutes, 60)
    said = [ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": f"{hours:,}"}] if hours else []
    if rest or not hours:
        said.append(ngettext("%(count)s minute", "%(count)s minutes", rest) % {"count": rest})
    return " ".join(said)


def counted(number: int) -> str:
    """A whole number with its thousands separated."""
    return f"{number:,}"


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals."""
    whole, rest = divmod(abs(fen), FEN_A_YUAN)
    return f"{'-' * (fen < 0)}{whole:,}.{rest:02}"


def yuan_said(fen: int) -> str:
    """Fen as an amount in yuan."""
    return f"¥{yuan(fen)}"


MINUTES: Final = Amount("minutes", gettext_lazy("minutes"), counted, minutes_said)
MONEY: Final = Amount("fen", gettext_lazy("yuan"), yuan, yuan_said)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose certificate it is: a person's own, or, without ``person_id``, that of an account which a unit keeps.

    ``facts`` stand on the paper beside the name, a text in English under the same key with ``_en``. ``book`` is the
    book of the account, "" for the accounts of this code in every book.
    """

    name: str
    account: str
    unit_id: UUID
    place_path: str
    person_id: UUID | None = None
    name_en: str = ""
    book: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


class FindsWhose(Protocol):
    """Finds whose it is by the pack's own word for them, "" for the actor.

    Raises ``NotFound`` and ``NotPermitted``. ``locked``: within an act, which keeps them from being erased meanwhile.
    """

    def __call__(self, actor: Actor, subject: str, /, *, locked: bool) -> Whose: ...


@dataclass(frozen=True, slots=True)
class CertificateKind:
    """A kind of certificates; ``Pack.certificates`` brings it here.

    - ``amount``: ``MINUTES``, ``MONEY``, or another; ``ledger`` and ``side``: what of which accounts is certified.
    - ``whose``: finds whose it is. One of a unit's account needs the permission ``certificates.issue`` there.
    - ``described``: what transfers are about, by their references, in words under keys: {"booking:…": {"title": "…",
      "title_en": "…"}}. One statement or a few; what it leaves out is told by the transfer's purpose.
    - ``columns``: the keys of those words that are columns of the paper; ``facts``: those of ``Whose.facts`` on it.
    - ``shown``: what everybody may be let see: keys of facts, the amount's, and "period".
    - ``back``: the page from which one asks for it, and its address by subject.
    """

    code: str
    title: Title
    amount: Amount
    ledger: str
    side: str
    whose: FindsWhose
    described: Callable[[Collection[str]], Mapping[str, Mapping[str, str]]]
    columns: tuple[tuple[str, Title], ...]
    facts: tuple[tuple[str, Title], ...]
    shown: tuple[tuple[str, Title], ...]
    back: tuple[Title, Callable[[str], str]] | None = None


_KINDS: Final = Declared[CertificateKind](
    two=_("Two different certificates are called %(value)s."), none=_("There is no certificate %(value)s.")
)


def register_certificate(kind: CertificateKind) -> None:
    """Make a kind known, at start-up. Raises ``Conflict`` for two different ones of one code."""
    _KINDS.add(kind)


def certificate_kind(code: str) -> CertificateKind:
    """Return a kind. Raises ``InvalidInput`` for one that no pack declares."""
    return _KINDS.called(code)
