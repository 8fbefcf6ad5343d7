"""One's own account: who one is here, which post one acts by, and what was done with one's data."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tianqu.base.errors import InvalidInput, TianquError, TooMany
from tianqu.kernel.pack.api import Column, Faults, PageRequest, Table
from tianqu.kernel.places.api import (
    Account,
    accesses_of,
    account_with,
    change_person,
)
from tianqu.kernel.places.api import (
    change_password as change_password_act,
)
from tianqu.kernel.places.api import (
    sign_up as sign_up_act,
)
from tianqu.web.account.access_lines import looked_at
from tianqu.web.layout.environment import post_title
from tianqu.web.layout.errors import faults
from tianqu.web.layout.formats import in_chinese
from tianqu.web.middleware import AS_RESIDENT, CHOSEN_POST

LINES_A_PAGE = 50


def page(request: PageRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """Render one of this area's pages."""
    return render(request, f"account/{template}.html", context, status=status, using="jinja2")


@require_safe
@login_required
def account(request: PageRequest) -> HttpResponse:
    """One's own account, with the ways to change it."""
    return page(request, "account", posts=_choices(request))


def _choices(request: PageRequest) -> list[tuple[str, str, str]]:
    """Return the posts to choose from, as (value, title, hint), and oneself as a resident."""
    chinese = in_chinese()
    posts = [
        (
            str(post.id),
            f"{post.unit_name if chinese or not post.unit_name_en else post.unit_name_en} · {post_title(post)}",
            _("as deputy") if post.deputy_of else "",
        )
        for post in request.posts
    ]
    return [*posts, (AS_RESIDENT, _("myself, as a resident"), "")] if posts else []


@require_safe
@login_required
def begin(request: PageRequest) -> HttpResponse:
    """Where a sign-in leads: to the desk with a post, to the home page without."""
    return redirect("desk" if request.actor.post_id is not None else "home")


@require_POST
@login_required
def choose_post(request: PageRequest) -> HttpResponse:
    """Choose the post by which one acts until the end of the session, or none: then as a resident."""
    chosen = request.POST.get("post", "")
    if chosen != AS_RESIDENT and chosen not in {str(post.id) for post in request.posts}:
        raise InvalidInput(
            gettext_noop("This post is not yours today."),
            field="post",
            remedy=gettext_noop("Choose one of your posts."),
        )
    request.session[CHOSEN_POST] = chosen
    return redirect("home" if chosen == AS_RESIDENT else "desk")


@require_POST
def choose_language(request: PageRequest) -> HttpResponse:
    """Change the language of the pages; it is kept in a cookie, so that it needs no account."""
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}):
        onward = "/"
    response = HttpResponseRedirect(onward)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def details(request: PageRequest) -> HttpResponse:
    """One's own name, telephone, mail address and the language of one's notices."""
    person = request.person
    assert person, "who signed in is a person"
    given = {name: getattr(person, name) for name in ("name", "phone", "email", "language")}
    if request.method != "POST":
        return page(request, "details", given=given, errors=Faults())
    given = {name: request.POST.get(name, "") for name in given}
    try:
        change_person(request.actor, person_id=person.id, **given)
    except InvalidInput as error:
        return page(request, "details", error.status, given=given, errors=faults(error))
    messages.success(request, _("Your details were changed."))
    return redirect("account")


@require_safe
@login_required
def accesses(request: PageRequest) -> HttpResponse:
    """One's own access log: when one came, by which door, and who looked at one's data."""
    before = request.GET.get("after", "")
    person_id = request.actor.person_id
    assert person_id is not None, "who signed in is a person"
    mark = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    rows = accesses_of(person_id, before=mark, limit=LINES_A_PAGE + 1)
    table = Table(
        caption=_("My access log"),
        columns=(
            Column("at", _("Time")),
            Column("what", _("Event")),
            Column("subject", _("Looked at")),
            Column("address", _("Network address")),
            Column("agent", _("Browser")),
        ),
        rows=rows[:LINES_A_PAGE],
        next_cursor=str(rows[LINES_A_PAGE - 1].id) if len(rows) > LINES_A_PAGE else "",
    )
    return page(
        request, "accesses", table=table, titles=what_titles(),
        looked_at=looked_at(request.actor, rows[:LINES_A_PAGE]),
    )  # fmt: skip


def what_titles() -> dict[str, str]:
    """Return what the access log calls things, in the language of the page."""
    return {
        "signed_in": _("signed in"),
        "sign_in_failed": _("sign-in failed"),
        "signed_out": _("signed out"),
        "token_used": _("token used"),
        "looked": _("personal data looked at"),
        "exported": _("personal data exported"),
    }


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: PageRequest) -> HttpResponse:
    """Open an account for a resident, by an act, and sign them in."""
    if request.user.is_authenticated:
        return redirect("account_begin")
    given = {name: request.POST.get(name, "") for name in ("login", "name", "phone")}
    if request.method != "POST":
        return page(request, "signup", given=given, errors=Faults())
    if not ratelimit.consume(request, action="signup"):
        raise TooMany(
            gettext_noop("Many accounts were opened from here in a short time."),
            remedy=gettext_noop("Wait a minute and try again."),
        )
    try:
        _same_twice(request)
        account_id = sign_up_act(request.actor, password=request.POST.get("password", ""), **given)
    except TianquError as error:
        if not error.field:
            raise
        return page(request, "signup", error.status, given=given, errors=faults(error))
    response: HttpResponse = perform_login(request, Login(user=account_with(account_id), signup=True))
    return response


@sensitive_post_parameters("old", "password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_password(request: PageRequest) -> HttpResponse:
    """Change one's own password, by an act; other sessions end."""
    if request.method != "POST":
        return page(request, "password", errors=Faults())
    user = request.user
    assert isinstance(user, Account)
    try:
        _check_tries(request)
        _same_twice(request)
        change_password_act(
            request.actor,
            account_id=user.id,
            old=request.POST.get("old", ""),
            new=request.POST.get("password", ""),
        )
    except (InvalidInput, TooMany) as error:
        return page(request, "password", error.status, errors=faults(error))
    user.refresh_from_db()
    update_session_auth_hash(request, user)
    messages.success(request, _("Your password was changed. Your other sessions have ended."))
    return redirect(reverse("account"))


def _check_tries(request: PageRequest) -> None:
    """Whoever finds a session left open must not find the password by trying."""
    if not ratelimit.consume(request, action="change_password", user=request.user):
        raise TooMany(
            gettext_noop("The old password was tried too often."), field="old",
            remedy=gettext_noop("Wait a minute and try again."),
        )  # fmt: skip


def _same_twice(request: PageRequest) -> None:
    if request.POST.get("password", "") != request.POST.get("again", ""):
        raise InvalidInput(
            gettext_noop("The two passwords are not the same."),
            field="again",
            remedy=gettext_noop("Type the same one twice."),
        )
