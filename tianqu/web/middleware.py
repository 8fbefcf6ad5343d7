"""What each request goes through: who it is, what they may see, how much they may send, and how errors are told."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from allauth.core.exceptions import RateLimited
from allauth.usersessions.middleware import UserSessionsMiddleware
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from tianqu.base.errors import InvalidInput, NotPermitted, TianquError, TooMany, _
from tianqu.base.network import counted_address
from tianqu.kernel.journal.api import ANYBODY, Actor, set_scope
from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import HeldPost, Person, actor_of, held_posts, person_with, resident_actor
from tianqu.web.clashes import clash_of
from tianqu.web.layout.errors import tianqu_error
from tianqu.web.problems import problem_response, wants_problem

CHOSEN_POST = "post"  # the session's key for the post that the person chose; AS_RESIDENT for none
AS_RESIDENT = "resident"
UNLIMITED_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_limiter = MovingWindowRateLimiter(MemoryStorage())
SEEN_EVERY_SECONDS = 60.0  # how often a session's line says anew when it was last seen
SESSIONS_KEPT_MAX = 10_000
_seen: dict[str, float] = {}  # by session, until when (monotonic) it needs no new line
Answer = Callable[[PageRequest], HttpResponseBase]


class SessionSeenMiddleware:
    """Note when and from where each session was last seen, at most once a minute: its four statements cost a page."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.noting = UserSessionsMiddleware(get_response)

    def __call__(self, request: PageRequest) -> HttpResponseBase:
        """Answer one request."""
        key, now = request.session.session_key, time.monotonic()
        if key is None or _seen.get(key, 0.0) > now:
            return self.get_response(request)
        if len(_seen) >= SESSIONS_KEPT_MAX:
            _seen.clear()
        _seen[key] = now + SEEN_EVERY_SECONDS
        answer: HttpResponseBase = self.noting(request)
        return answer


class ActorMiddleware:
    """Set ``request.actor``, ``request.person``, ``request.posts`` and the database's scope; tell errors.

    The scope is set for every request, also for nobody's, so that a connection never keeps the eyes of the request
    before. It stands after the middlewares that know the session and the account.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: PageRequest) -> HttpResponseBase:
        """Answer one request."""
        request.actor = request_actor(request)
        set_scope(request.actor.scope)
        request.person = SimpleLazyObject(lambda: _person(request))  # type: ignore[assignment]
        request.posts = SimpleLazyObject(lambda: _posts(request))  # type: ignore[assignment]
        if request.method not in UNLIMITED_METHODS and not _within_limit(request):
            return self.process_exception(request, too_many()) or HttpResponse(status=429)
        if _unreadable(request):
            return self.process_exception(request, unreadable(request)) or HttpResponse(status=400)
        if _must_change_password(request):
            return redirect("account_change_password")
        answer = self.get_response(request)
        if request.actor is not ANYBODY and "Cache-Control" not in answer:
            answer["Cache-Control"] = "no-store"  # or the way back would show it to who comes after at this desk
        return answer

    def process_exception(self, request: PageRequest, exception: Exception) -> HttpResponseBase | None:
        """Tell an error that says itself what was wrong: a page for people, problem details for programs."""
        if isinstance(exception, RateLimited):
            exception = too_many()
        exception = clash_of(request, exception) or exception
        if not isinstance(exception, TianquError):
            return None
        if wants_problem(request):
            return problem_response(request, exception)
        if isinstance(exception, NotPermitted) and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return tianqu_error(request, exception)


def request_actor(request: PageRequest) -> Actor:
    """Return who asks: nobody known, a resident, or the holder of the post that they chose for this session."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return ANYBODY
    chosen = request.session.get(CHOSEN_POST, "")
    if chosen == AS_RESIDENT:
        return resident_actor(request.user, channel="web")
    try:
        return actor_of(request.user, channel="web", post_id=UUID(chosen) if chosen else None)
    except NotPermitted:
        if not chosen:  # the account itself is disabled
            return ANYBODY
        del request.session[CHOSEN_POST]  # the post has ended; the next one counts
        return request_actor(request)


def too_many() -> TooMany:
    """Return the error for more posts than the limit."""
    return TooMany(
        _("You have sent more than %(limit)s in a short time."),
        remedy=_("Wait a minute and try again. Nothing was lost, and nothing was done."),
        limit=settings.TIANQU_POSTS_A_MINUTE,
    )


def _unreadable(request: PageRequest) -> bool:
    """Say whether a page's address holds U+0000; the programs' doors say so in their own forms."""
    asked = "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")
    return asked and not request.path_info.startswith(settings.TIANQU_DOORS)


def unreadable(request: PageRequest) -> InvalidInput:
    """Return the error for an address with U+0000, which no text of the database can hold or be compared with."""
    asked = next((name for name, values in request.GET.lists() if any("\0" in value for value in values)), "")
    return InvalidInput(_("This text holds characters that cannot be shown."), field=asked, remedy=_("Type it anew."))


def _must_change_password(request: PageRequest) -> bool:
    """Say whether this account has a password given by somebody else, and goes elsewhere than to change it."""
    if request.actor is ANYBODY or not getattr(request.user, "must_change_password", False):
        return False
    return request.path not in {reverse(name) for name in ("account_change_password", "account_logout", "set_language")}


def _within_limit(request: PageRequest) -> bool:
    """Count what a client sends. Each worker process counts for itself, so n workers let n times as much through.

    Whoever holds a post is counted by themselves: a hotline's operators all come from one address.
    """
    if not settings.TIANQU_POSTS_A_MINUTE:
        return True
    rate = RateLimitItemPerMinute(settings.TIANQU_POSTS_A_MINUTE, namespace="post")
    actor = request.actor
    client = f"person:{actor.person_id}" if actor.post_id else _address(request)
    return _limiter.hit(rate, client)


def _address(request: PageRequest) -> str:
    """The address by which a visitor is counted; a server behind a socket that is told none counts them together."""
    return counted_address(request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT)


def _person(request: PageRequest) -> Person | None:
    person_id = request.actor.person_id
    return person_with(person_id) if person_id is not None else None


def _posts(request: PageRequest) -> list[HeldPost]:
    person_id = request.actor.person_id
    return held_posts(person_id) if person_id is not None else []
