"""What this room knows of a person that goes when the person is erased; see ``journal.api.erase_person``."""

from __future__ import annotations

from uuid import UUID

from tianqu.base.errors import Conflict, NotPermitted, _
from tianqu.kernel.journal.api import Acting, register_personal_subjects
from tianqu.kernel.places.models import AccessRecord, Account, ApiToken, Person, Post, SavedView
from tianqu.kernel.places.permissions import forget_actors, oversees_realm, within_scope
from tianqu.kernel.places.person_acts import open_person
from tianqu.kernel.places.queries import unit_with
from tianqu.kernel.places.tree import lasting
from tianqu.kernel.places.unit_acts import located


def personal_subjects(person_id: UUID) -> list[str]:
    """The subjects whose entries hold the person's data: their file, their account and its tokens.

    Posts stay: they name a person by reference only, and show that the work was done by somebody who might.
    """
    accounts = list(Account.objects.filter(person_id=person_id).values_list("id", flat=True))
    tokens = ApiToken.objects.filter(account_id__in=accounts).values_list("id", flat=True)
    return [
        f"person:{person_id}",
        *(f"account:{account_id}" for account_id in accounts),
        *(f"token:{token_id}" for token_id in tokens),
    ]


def erase_rows(acting: Acting, person_id: UUID) -> None:
    """Empty the person's file, login, tokens and access log.

    The person's row is opened to this act, and no other.

    Officials are erased by those whose reach holds their file, residents by those of the whole realm. Posts
    that still hold must be ended first, so that no open work loses its clerk unnoticed. Who is no person of
    this room is passed by.
    """
    open_person(person_id)
    person = Person.objects.filter(id=person_id).first()
    if person is None:
        return
    _check(acting, person)
    person.name = person.name_en = person.phone = person.email = ""
    person.erased_at = acting.now
    person.save()
    Account.objects.filter(person=person).update(is_active=False, disabled_at=acting.now)
    for account in Account.objects.filter(person=person):
        account.login = f"erased-{account.id}"
        account.set_unusable_password()
        account.save(update_fields=["login", "password"])
        ApiToken.objects.filter(account=account, revoked_at=None).update(revoked_at=acting.now)
        ApiToken.objects.filter(account=account).update(name="")
    SavedView.objects.filter(person_id=person.id).delete()
    AccessRecord.objects.filter(person_id=person.id).update(address="", agent="")
    forget_actors()


def _check(acting: Acting, person: Person) -> None:
    if person.erased_at is not None:
        raise Conflict(_("This person was erased on %(day)s."), day=person.erased_at.date())
    if Post.objects.filter(lasting(acting.today), person=person).exists():
        raise Conflict(_("This person still holds a post."), field="person_id", remedy=_("End their posts first."))
    if person.unit_id is None:
        reached = oversees_realm(acting.actor)
    else:
        reached = within_scope(acting.actor.scope, located(unit_with(person.unit_id)))
    if not reached:
        raise NotPermitted(_("This person's file is not within your reach."), field="person_id")


def register() -> None:
    """Tell the journal what to erase."""
    register_personal_subjects(personal_subjects, erase_rows=erase_rows)
