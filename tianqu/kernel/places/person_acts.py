"""Acts on persons and posts: create and change a person, appoint, end a post, deputise.

Entries about a person are sealed: the public log shows only that there is one.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.db.utils import IntegrityError

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.places.checks import checked_email, checked_name, checked_phone, checked_span
from tianqu.kernel.places.images import person_image, post_image
from tianqu.kernel.places.models import Person, Post
from tianqu.kernel.places.permissions import can, forget_actors, oversees_realm, require
from tianqu.kernel.places.queries import unit_with
from tianqu.kernel.places.roles import RESIDENT, known_roles, role_called
from tianqu.kernel.places.tree import end_post_row, lasting, lock_tree
from tianqu.kernel.places.unit_acts import located

LANGUAGES = ("zh-hans", "en")


def person_with(person_id: UUID) -> Person:
    """Return a person that the actor may see. Raises ``NotFound`` for others as for nobody."""
    person = Person.objects.filter(id=person_id).first()
    if person is None:
        raise NotFound(
            _("There is no such person, or none that you may see."), field="person_id", value=str(person_id),
            remedy=_("Look the person up in the administration of persons."),
        )  # fmt: skip
    return person


def post_with(post_id: UUID) -> Post:
    """Return a post by its identifier, whatever its dates. Raises ``NotFound``."""
    post = Post.objects.select_related("unit__place").filter(id=post_id).first()
    if post is None:
        raise NotFound(
            _("There is no such post."), field="post_id", value=str(post_id),
            remedy=_("Look the person up in the administration of persons."),
        )  # fmt: skip
    return post


def may_keep_person(acting: Acting, /, **arguments: Any) -> None:
    """Everybody changes their own; for others' the unit that keeps the file must be in the actor's reach."""
    person_id = arguments.get("person_id")
    if person_id is not None and person_id == acting.actor.person_id:
        return
    require(acting.actor, acting.act)
    if arguments.get("unit_id") is not None:
        require(acting.actor, acting.act, located(unit_with(arguments["unit_id"])))
    if person_id is not None:
        person = person_with(person_id)
        if person.unit_id is None and not acting.actor.scope.everything:
            raise NotPermitted(_("Residents keep their own name and address."), field="person_id")
        if person.unit_id is not None:
            require(acting.actor, acting.act, located(unit_with(person.unit_id)))


@act("places.create_person", may=may_keep_person)
def create_person(
    acting: Acting,
    *,
    unit_id: UUID,
    name: str,
    name_en: str = "",
    phone: str = "",
    email: str = "",
    language: str = "zh-hans",
) -> UUID:
    """Open the file of an official at a unit, and return the person's identifier."""
    person = Person(id=new_identifier(), unit=unit_with(unit_id), created_at=acting.now)
    fill_person(person, name=name, name_en=name_en, phone=phone, email=email, language=language)
    person.save(force_insert=True)
    acting.record(f"person:{person.id}", after=person_image(person), sealed=True)
    return person.id


@act("places.change_person", may=may_keep_person)
def change_person(
    acting: Acting,
    *,
    person_id: UUID,
    name: str | None = None,
    name_en: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    language: str | None = None,
) -> None:
    """Change what is given of a person.

    Raises ``NotFound``, ``InvalidInput`` for what cannot be taken, and ``Conflict`` for a person who was erased.
    """
    person = person_with(person_id)
    if person.erased_at is not None:
        raise Conflict(_("This person was erased on %(day)s."), day=person.erased_at.date())
    fill_person(
        person, name=person.name if name is None else name, name_en=person.name_en if name_en is None else name_en,
        phone=person.phone if phone is None else phone, email=person.email if email is None else email,
        language=person.language if language is None else language,
    )  # fmt: skip
    person.save()
    acting.record(f"person:{person.id}", after=person_image(person), sealed=True)


def fill_person(person: Person, *, name: str, name_en: str, phone: str, email: str, language: str) -> None:
    """Set and check the columns of a person. Raises ``InvalidInput`` that names the column."""
    if language not in LANGUAGES:
        raise InvalidInput(
            _("%(value)s is not a language of this platform."), field="language", value=language[:20],
            remedy=_("Use one of: %(languages)s."), languages=", ".join(LANGUAGES),
        )  # fmt: skip
    person.name = checked_name(name)
    person.name_en = checked_name(name_en, field="name_en", required=False)
    person.phone = checked_phone(phone)
    person.email = checked_email(email)
    person.language = language


def may_fill_post(acting: Acting, /, **arguments: Any) -> None:
    """The unit of the post must be in the actor's reach, its role reach no further than theirs, and its holder be
    somebody else.

    Whoever appoints may grant roles whose acts they may not do themselves: administration gives others their work. So
    that this raises nobody who appoints, ``refuse_own_gain`` stands beside it.
    """
    require(acting.actor, acting.act)
    unit_id, role = arguments.get("unit_id"), arguments.get("role")
    if arguments.get("post_id") is not None:
        post = post_with(arguments["post_id"])
        unit_id, role = post.unit_id, None
    if unit_id is not None:
        require(acting.actor, acting.act, located(unit_with(unit_id)))
    if role is not None:
        refuse_higher_role(acting, role)
    if arguments.get("person_id") is not None:
        refuse_own_gain(acting, arguments["person_id"])


def refuse_own_gain(acting: Acting, person_id: UUID) -> None:
    """Refuse a post for the actor themselves, for who stands in for them, and for whom they stand in."""
    own = acting.actor.person_id
    if own is None or acting.actor.scope.everything:
        return
    if person_id == own:
        raise NotPermitted(
            _("Nobody gives a post to themselves."), field="person_id", remedy=_("Ask somebody else who appoints."),
        )  # fmt: skip
    either = Q(person_id=person_id, deputy_of__person_id=own) | Q(person_id=own, deputy_of__person_id=person_id)
    if Post.objects.filter(either, lasting(acting.today)).exists():
        raise NotPermitted(
            _("One of you stands in for the other: nobody gives a post to their deputy."), field="person_id",
            remedy=_("Ask somebody else who appoints."),
        )  # fmt: skip


def refuse_higher_role(acting: Acting, code: str) -> None:
    """Refuse to grant a role that reaches further than the actor's own."""
    if code == RESIDENT:
        raise InvalidInput(_("Being a resident is not a post."), field="role", value=code)
    wanted = role_called(code).reach
    known = known_roles()
    reaches = {known[own].reach for own in acting.actor.roles if own in known}
    if acting.actor.scope.everything or "everything" in reaches or wanted == "unit" or wanted in reaches:
        return
    raise NotPermitted(
        _("The role %(value)s reaches further than yours."), field="role", value=code,
        remedy=_("Ask somebody whose role reaches as far."),
    )  # fmt: skip


@act("places.appoint", may=may_fill_post)
def appoint(
    acting: Acting,
    *,
    person_id: UUID,
    unit_id: UUID,
    role: str,
    title: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> UUID:
    """Give a person a role at a unit, from ``valid_from`` (today by default) until the day before ``valid_to``.

    Return the identifier of the post. Raises ``NotFound``, also for an unknown role, ``InvalidInput`` for days in the
    wrong order, and ``Conflict`` where the unit has closed by then or the person has that role there already.
    """
    role_called(role)
    unit = unit_with(unit_id)
    begin = valid_from or acting.today
    checked_span(begin, valid_to=valid_to)
    if unit.valid_to is not None and unit.valid_to <= begin:
        raise Conflict(_("The unit %(value)s closes on %(day)s."), value=unit.code, day=unit.valid_to)
    post = Post(
        id=new_identifier(), person=person_with(person_id), unit=unit, role=role,
        title=checked_name(title, field="title", required=False), valid_from=begin, valid_to=valid_to,
    )  # fmt: skip
    _add_post(acting, post)
    return post.id


@act("places.end_post", may=may_fill_post)
def end_post(acting: Acting, *, post_id: UUID, on: date) -> None:
    """End a post on a day, the first on which it no longer holds; its deputies end with it.

    Raises ``NotFound``, ``InvalidInput`` for a day that cannot be meant, and ``Conflict`` where it ended before.
    """
    lock_tree()
    post = post_with(post_id)
    checked_span(None, valid_to=on)
    if post.valid_to is not None and post.valid_to <= on:
        raise Conflict(_("This post ended on %(day)s."), field="post_id", day=post.valid_to)
    end_post_row(acting, post, on=on)
    for deputy in Post.objects.filter(lasting(on), deputy_of=post).order_by("id")[:1000]:
        end_post_row(acting, deputy, on=on)
    forget_actors()


def may_deputise(acting: Acting, /, **arguments: Any) -> None:
    """The holder of a post names their own deputy; else the post must be in the actor's reach, and not come to them."""
    post = post_with(arguments["post_id"])
    own = post.person_id == acting.actor.person_id
    if own and (can(acting.actor, "places.deputise_self") or can(acting.actor, acting.act)):
        return
    require(acting.actor, acting.act, located(post.unit))
    if not own:
        refuse_own_gain(acting, arguments["person_id"])


@act("places.deputise", may=may_deputise)
def deputise(acting: Acting, *, post_id: UUID, person_id: UUID, valid_from: date, valid_to: date) -> UUID:
    """Let another person act for a post from ``valid_from`` until the day before ``valid_to``.

    Return the identifier of the deputy's post. Raises ``NotFound``, ``InvalidInput`` for a deputy of a deputy, for the
    holder, and for days in the wrong order, and ``Conflict`` where the post has ended or they stand in already.
    """
    post = post_with(post_id)
    checked_span(valid_from, valid_to=valid_to)
    if post.deputy_of_id is not None:
        raise InvalidInput(
            _("A deputy cannot name a deputy."),
            field="post_id",
            remedy=_("Name a deputy for the post itself."),
        )
    if post.person_id == person_id:
        raise InvalidInput(_("Nobody is their own deputy."), field="person_id")
    if post.valid_to is not None and post.valid_to <= valid_from:
        raise Conflict(_("This post ended on %(day)s."), field="post_id", day=post.valid_to)
    deputy = Post(
        id=new_identifier(), person=person_with(person_id), unit=post.unit, role=post.role, title=post.title,
        deputy_of=post, valid_from=valid_from, valid_to=valid_to,
    )  # fmt: skip
    _add_post(acting, deputy)
    return deputy.id


def _add_post(acting: Acting, post: Post) -> None:
    """Store a post; two posts of one person, unit and role that overlap are one too many."""
    try:
        with transaction.atomic():
            post.save(force_insert=True)
    except IntegrityError as error:
        if "places_post_once" not in str(error):
            raise
        raise Conflict(
            _("This person already has this role at this unit in that time."), field="valid_from",
            remedy=_("End the other post first, or choose other days."),
        ) from error  # fmt: skip
    acting.record(f"post:{post.id}", after=post_image(post))
    forget_actors()


def require_reach_of_file(acting: Acting, person_id: UUID) -> None:
    """Require that the person's unit is in the actor's reach; for a resident, that every place of the realm
    is.

    The person's row is opened to this act, and no other.
    """
    open_person(person_id)
    person = person_with(person_id)
    if person.unit_id is not None:
        require(acting.actor, acting.act, located(unit_with(person.unit_id)))
    elif not oversees_realm(acting.actor):
        raise NotFound(
            _("There is no such person, or none that you may see."), field="person_id", value=str(person_id),
            remedy=_("Look the person up in the administration of persons."),
        )  # fmt: skip


def open_person(person_id: UUID) -> None:
    """Open this one person's row to the act under way, which has been permitted to change it unseen.

    A resident's row is visible to the resident alone; who erases it on request still sees no other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tianqu.person', %s, true)", [str(person_id)])
