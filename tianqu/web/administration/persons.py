"""Persons who hold posts, and their posts: find, open a file, appoint, deputise, end."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import InvalidInput
from tianqu.kernel.journal.api import erase_person
from tianqu.kernel.pack.api import Column, PageRequest, Table
from tianqu.kernel.places.api import (
    Person,
    appoint,
    change_person,
    create_account,
    create_person,
    deputise,
    end_post,
    known_roles,
    officials,
    person_file,
    person_with,
    post_with,
)
from tianqu.web.administration.finding import login_of, person_id_named, shown, unit_id_named
from tianqu.web.administration.forms import (
    ActForm,
    Done,
    Field,
    act_page,
    administrators_page,
    day_given,
    day_given_or_none,
    page,
)

ROWS_A_PAGE = 25
LANGUAGES = (("zh-hans", "中文"), ("en", "English"))
FILE_FIELDS = (
    Field("name", _("Name")),
    Field("name_en", _("Name in English"), required=False),
    Field("phone", _("Telephone"), "tel", required=False),
    Field("email", _("Mail address"), "email", required=False),
    Field("language", _("Language of notices"), "select", options=LANGUAGES),
)
UNIT_HINT = _("Its code, or a part of its name.")
UNTIL_HINT = _("The first day on which it no longer holds. Empty: until further notice.")


def crumbs(person: Person | None = None) -> list[tuple[str, str]]:
    """Where the pages about persons are."""
    first = (gettext("Persons and posts"), reverse("administration_persons"))
    return [first, (person.name, address_of(person.id))] if person else [first]


def address_of(person_id: UUID) -> str:
    """The page of one person."""
    return reverse("administration_person", kwargs={"person_id": person_id})


@administrators_page
def persons(request: PageRequest) -> HttpResponse:
    """Find officials by name or login name."""
    words = request.GET.get("q", "")
    after = _page_mark(request.GET.get("after", ""))
    rows = officials(request.actor, words=words, after=after, limit=ROWS_A_PAGE + 1)
    table = Table(
        caption=gettext("Persons and posts"),
        columns=(
            Column("name", gettext("Name")),
            Column("login", gettext("Login name")),
            Column("unit", gettext("File kept by")),
            Column("state", gettext("Account")),
        ),
        rows=[(person, login_of(person)) for person in rows[:ROWS_A_PAGE]],
        next_cursor=str(rows[ROWS_A_PAGE - 1].id) if len(rows) > ROWS_A_PAGE else "",
    )
    return page(request, "persons", table=table, words=words, shown=shown)


def _page_mark(text: str) -> UUID | None:
    """Read the mark of a page. Raises ``InvalidInput`` for one that no page gave."""
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise InvalidInput(
            gettext_noop("This is not the mark of a page."), field="after", value=text[:40],
            remedy=gettext_noop("Use the mark that the page before gave, or none."),
        ) from error  # fmt: skip


@administrators_page
def person(request: PageRequest, person_id: UUID) -> HttpResponse:
    """One person: the file, the account with its tokens, and every post."""
    file = person_file(request.actor, person_id=person_id)
    today = timezone.localdate()
    post_table = Table(
        caption=gettext("Posts"),
        columns=(
            Column("unit", gettext("Unit")),
            Column("role", gettext("Role")),
            Column("title", gettext("Title of the post")),
            Column("from", gettext("From")),
            Column("until", gettext("Until")),
            Column("do", gettext("What can be done")),
        ),
        rows=[(post, post.valid_to is None or post.valid_to > today) for post in file.posts],
    )
    token_table = Table(
        caption=gettext("Tokens"),
        columns=(
            Column("name", gettext("Name")),
            Column("hint", gettext("Begins with")),
            Column("until", gettext("Until")),
            Column("used", gettext("Last used")),
            Column("do", gettext("What can be done")),
        ),
        rows=list(file.tokens),
    )
    return page(
        request, "person", person=file.person, account=file.account, posts=post_table, tokens=token_table,
        shown=shown, roles=dict(roles_shown()),
    )  # fmt: skip


def roles_shown() -> list[tuple[str, str]]:
    """The roles that a post may have, with their names in the language of the page."""
    roles = known_roles()
    return sorted((code, gettext(role.name)) for code, role in roles.items() if code not in ("anybody", "resident"))


@administrators_page
def create(request: PageRequest) -> HttpResponse:
    """Open a person's file; with a login name, an account too, whose first password is shown once."""
    form = ActForm(
        title=_("New person"), button=_("Open the file"), permission="places.create_person", where=crumbs(),
        fields=(*FILE_FIELDS[:2], Field("unit_id", _("Unit that keeps the file"), hint=UNIT_HINT), *FILE_FIELDS[2:]),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        unit_id = unit_id_named(given["unit_id"], field="unit_id")
        told = {field.name: given[field.name] for field in FILE_FIELDS}
        person_id = create_person(request.actor, unit_id=unit_id, **told)
        return Done(address_of(person_id), _("The file was opened. Now open the account and appoint the person."))

    return act_page(request, form, perform, values={"language": "zh-hans"})


@administrators_page
def change(request: PageRequest, person_id: UUID) -> HttpResponse:
    """Change a person's name, addresses and language."""
    found = person_with(person_id)
    form = ActForm(
        title=_("Change the person"), button=_("Save"), permission="places.change_person", where=crumbs(found),
        fields=FILE_FIELDS,
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        change_person(request.actor, person_id=person_id, **given)
        return Done(address_of(person_id), _("The file was changed."))

    values = {field.name: getattr(found, field.name) for field in FILE_FIELDS}
    return act_page(request, form, perform, values=values)


@administrators_page
def erase(request: PageRequest, person_id: UUID) -> HttpResponse:
    """Erase a person, after saying what that does."""
    found = person_with(person_id)
    form = ActForm(
        title=_("Erase the person"), button=_("Erase for ever"), permission="journal.erase_person",
        where=crumbs(found), dangerous=True,
        text=_(
            "The name, telephone, mail address and login of %(name)s go, with their tokens, notices and access log, "
            "and what the journal holds about them. Nobody can bring them back. What they did stays done, without "
            "their name, and every proof of the log stays valid."
        ) % {"name": found.name},
        fields=(
            Field("reason", _("Reason"), hint=_("It is kept, and names nobody: “asked for it”.")),
            Field("name", _("The name of the person"), hint=_("Type it, so that nobody else is erased.")),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        if given["name"] != found.name:
            raise InvalidInput(gettext_noop("This is not the name of the person on this page."), field="name")
        erased = erase_person(request.actor, person_id=person_id, reason=given["reason"])
        said = ngettext("The person was erased; %(num)s entry lost its body.",
                        "The person was erased; %(num)s entries lost their bodies.", erased)  # fmt: skip
        return Done(reverse("administration_persons"), said % {"num": erased})

    return act_page(request, form, perform)


@administrators_page
def open_account(request: PageRequest, person_id: UUID) -> HttpResponse:
    """Open an account for a person; the first password is shown once."""
    found = person_with(person_id)
    form = ActForm(
        title=_("Open the account"), button=_("Open the account"), permission="places.create_account",
        where=crumbs(found), fields=(Field("login", _("Login name")),),
        text=_("The first password is shown once, on the next page. It must be changed at the first sign-in."),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> HttpResponse:
        password = create_account(request.actor, person_id=person_id, login=given["login"])
        return password_page(request, found, password)

    return act_page(request, form, perform)


def password_page(request: PageRequest, found: Person, password: str) -> HttpResponse:
    """Show a first password, once and to nobody's cache."""
    response = page(request, "password", person=found, password=password)
    response["Cache-Control"] = "no-store"
    return response


@administrators_page
def appoint_person(request: PageRequest, person_id: UUID) -> HttpResponse:
    """Give a person a role at a unit."""
    found = person_with(person_id)
    form = ActForm(
        title=_("Appoint"), button=_("Appoint"), permission="places.appoint", where=crumbs(found),
        fields=(
            Field("unit_id", _("Unit"), hint=UNIT_HINT),
            Field("role", _("Role"), "select", options=roles_shown()),
            Field("title", _("Title of the post"), required=False),
            Field("valid_from", _("From"), "date", width="s"),
            Field("valid_to", _("Until"), "date", required=False, hint=UNTIL_HINT, width="s"),
        ),
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        appoint(
            request.actor, person_id=person_id, unit_id=unit_id_named(given["unit_id"], field="unit_id"),
            role=given["role"], title=given["title"], valid_from=day_given(given, "valid_from"),
            valid_to=day_given_or_none(given, "valid_to"),
        )  # fmt: skip
        return Done(address_of(person_id), _("The person was appointed."))

    return act_page(request, form, perform, values={"valid_from": timezone.localdate().isoformat()})


@administrators_page
def end(request: PageRequest, post_id: UUID) -> HttpResponse:
    """End a post on a day; its deputies end with it."""
    post = post_with(post_id)
    found = person_with(post.person_id)
    form = ActForm(
        title=_("End a post"), button=_("End the post"), permission="places.end_post", where=crumbs(found),
        fields=(
            Field("valid_to", _("Until"), "date", hint=_("The first day on which it no longer holds."), width="s"),
        ),
        text=f"{shown(post.unit)} · {dict(roles_shown()).get(post.role, post.role)}",
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        end_post(request.actor, post_id=post_id, on=day_given(given, "valid_to"))
        return Done(address_of(found.id), _("The end of the post was set."))

    return act_page(request, form, perform, values={"valid_to": timezone.localdate().isoformat()})


@administrators_page
def name_deputy(request: PageRequest, post_id: UUID) -> HttpResponse:
    """Let another person act for a post between two days."""
    post = post_with(post_id)
    found = person_with(post.person_id)
    form = ActForm(
        title=_("Name a deputy"), button=_("Name the deputy"), permission="places.deputise", where=crumbs(found),
        fields=(
            Field("person_id", _("Deputy"), hint=_("The login name, or a part of the name.")),
            Field("valid_from", _("From"), "date", width="s"),
            Field("valid_to", _("Until"), "date", hint=_("The first day on which it no longer holds."), width="s"),
        ),
        text=f"{shown(post.unit)} · {dict(roles_shown()).get(post.role, post.role)}",
    )  # fmt: skip

    def perform(given: Mapping[str, str]) -> Done:
        deputise(
            request.actor, post_id=post_id,
            person_id=person_id_named(request.actor, given["person_id"], field="person_id"),
            valid_from=day_given(given, "valid_from"), valid_to=day_given(given, "valid_to"),
        )  # fmt: skip
        return Done(address_of(found.id), _("The deputy was named."))

    return act_page(request, form, perform, values={"valid_from": timezone.localdate().isoformat()})
