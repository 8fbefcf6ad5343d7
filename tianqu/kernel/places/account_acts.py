"""Acts on accounts and tokens: open, disable, enable, reset, sign up, change one's password, issue and
revoke tokens.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tianqu.base.errors import Conflict, InvalidInput, NotFound, NotPermitted, _
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.journal.api import Acting, act
from tianqu.kernel.places.checks import checked_login, checked_name
from tianqu.kernel.places.images import account_image, person_image, token_image
from tianqu.kernel.places.models import Account, ApiToken, Person, Post
from tianqu.kernel.places.permissions import (
    forget_actors,
    held_posts,
    require,
    token_digest,
    within_limits,
)
from tianqu.kernel.places.person_acts import fill_person, person_with, require_reach_of_file
from tianqu.kernel.places.roles import LIMIT_PREFIX, roles_allow

ONE_TIME_PASSWORD_BYTES = 12
TOKEN_BYTES = 32
TOKEN_PREFIX = "tianqu_"  # noqa: S105  so that leaked tokens can be found by their form
TOKEN_HINT_LENGTH = 12
TOKEN_LIFE_MAX = timedelta(days=366)
TOKENS_MAX = 50
SCOPES_MAX = 100


def account_with(account_id: UUID) -> Account:
    """Return an account by its identifier. Raises ``NotFound``."""
    account = Account.objects.filter(id=account_id).first()
    if account is None:
        raise NotFound(
            _("There is no such account."), field="account_id", value=str(account_id),
            remedy=_("Look the person up in the administration of persons."),
        )  # fmt: skip
    return account


def may_keep_account(acting: Acting, /, **arguments: Any) -> None:
    """Accounts are kept by those whose reach holds the person's file; residents', by those of the whole
    realm.
    """
    require(acting.actor, acting.act)
    account_id: UUID | None = arguments.get("account_id")
    require_reach_of_file(acting, account_with(account_id).person_id if account_id else arguments["person_id"])


@act("places.create_account", may=may_keep_account)
def create_account(acting: Acting, *, person_id: UUID, login: str) -> str:
    """Open an account for a person; return a password that they must change at their first sign-in."""
    person = person_with(person_id)
    password = _one_time_password()
    account = new_account(acting, person, login=login, password=password)
    account.must_change_password = True
    account.save(force_insert=True)
    acting.record(f"account:{account.id}", after=account_image(account), sealed=True)
    return password


@act("places.disable_account", may=may_keep_account)
def disable_account(acting: Acting, *, account_id: UUID) -> None:
    """Let nobody sign in by an account any more, nor use its tokens.

    Raises ``NotFound``, and ``Conflict`` for one that is disabled already.
    """
    account = account_with(account_id)
    if not account.is_active:
        raise Conflict(_("This account is disabled already."), field="account_id")
    account.is_active, account.disabled_at = False, acting.now
    account.save(update_fields=["is_active", "disabled_at"])
    acting.record(f"account:{account.id}", after=account_image(account), sealed=True)
    forget_actors()


@act("places.enable_account", may=may_keep_account)
def enable_account(acting: Acting, *, account_id: UUID) -> None:
    """Let a disabled account be used again. An erased person's stays disabled.

    Raises ``NotFound``, and ``Conflict`` for one that is in use, or was erased.
    """
    account = account_with(account_id)
    if account.is_active or account.login.startswith("erased-"):
        raise Conflict(_("This account is not one that can be enabled."), field="account_id")
    account.is_active, account.disabled_at = True, None
    account.save(update_fields=["is_active", "disabled_at"])
    acting.record(f"account:{account.id}", after=account_image(account), sealed=True)
    forget_actors()


@act("places.reset_account", may=may_keep_account)
def reset_account(acting: Acting, *, account_id: UUID) -> str:
    """Replace a forgotten password; return a new one that must be changed at the next sign-in.

    Raises ``NotFound``, and ``Conflict`` for a disabled account.
    """
    account = account_with(account_id)
    if not account.is_active:
        raise Conflict(_("This account is disabled."), field="account_id", remedy=_("Enable it first."))
    password = _one_time_password()
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    acting.record(f"account:{account.id}", after=account_image(account), sealed=True)
    return password


def may_sign_up(acting: Acting, /, **arguments: Any) -> None:
    """Anybody who is not signed in may open an account for themselves; others need a post that says so."""
    if acting.actor.person_id is not None:
        require(acting.actor, acting.act)


@act("places.sign_up", may=may_sign_up)
def sign_up(
    acting: Acting,
    *,
    login: str,
    password: str,
    name: str,
    phone: str = "",
    email: str = "",
    language: str = "zh-hans",
) -> UUID:
    """Open an account for a resident who asks for one themselves; return its identifier."""
    person = Person(id=new_identifier(), created_at=acting.now)
    fill_person(person, name=name, name_en="", phone=phone, email=email, language=language)
    account = new_account(acting, person, login=login, password=password)
    person.save(force_insert=True)
    account.save(force_insert=True)
    acting.record(f"person:{person.id}", after=person_image(person), sealed=True)
    acting.record(f"account:{account.id}", after=account_image(account), sealed=True)
    return account.id


def may_change_own(acting: Acting, /, **arguments: Any) -> None:
    """Only the account's own person may."""
    account = account_with(arguments["account_id"])
    if acting.actor.person_id is None or account.person_id != acting.actor.person_id:
        raise NotPermitted(_("This account is not yours."), field="account_id")


@act("places.change_password", may=may_change_own)
def change_password(acting: Acting, *, account_id: UUID, old: str, new: str) -> None:
    """Change one's own password.

    Raises ``InvalidInput`` for a wrong old one, and for a new one that is too weak.
    """
    account = account_with(account_id)
    if not account.check_password(old):
        raise InvalidInput(_("The old password is not right."), field="old")
    account.set_password(_checked_password(new, account))
    account.must_change_password = False
    account.save(update_fields=["password", "must_change_password"])
    acting.record(f"account:{account.id}", after=account_image(account), sealed=True)


def new_account(acting: Acting, person: Person, *, login: str, password: str | None) -> Account:
    """Make an account, not stored yet, after checking the login and the password; without one nobody can sign in.

    Raises ``InvalidInput`` for what cannot be taken, and ``Conflict`` where the login is taken or the person has one.
    """
    login = checked_login(login)
    if Account.objects.filter(login=login).exists():
        raise Conflict(_("The login name %(value)s is taken."), field="login", value=login)
    if Account.objects.filter(person_id=person.id).exists():
        raise Conflict(_("This person has an account already."), field="person_id")
    account = Account(id=new_identifier(), login=login, person=person, created_at=acting.now)
    account.set_password(_checked_password(password, account) if password is not None else None)
    return account


def _checked_password(password: str, account: Account) -> str:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise InvalidInput(
            _("This password cannot be taken: %(reasons)s"),
            field="password",
            reasons=" ".join(error.messages),
        ) from error
    return password


def _one_time_password() -> str:
    return secrets.token_urlsafe(ONE_TIME_PASSWORD_BYTES)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token as it is shown once: the secret is kept nowhere."""

    id: UUID
    secret: str
    expires_at: datetime


@act("places.issue_token", may=may_change_own)
def issue_token(
    acting: Acting,
    *,
    account_id: UUID,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime,
    post_id: UUID | None = None,
) -> IssuedToken:
    """Issue a token for one's own programs. It acts through a post, within scopes that the post itself has.

    ``scopes`` are names of acts or patterns (``orders.*``). A token lives for 366 days at most.
    Raises ``InvalidInput`` for its name, scopes or end, ``NotPermitted`` for a post that is not one's own today, and
    ``Conflict`` beyond the number of tokens that an account may have.
    """
    account = account_with(account_id)
    _check_token_life(acting, expires_at)
    if ApiToken.objects.filter(account=account, revoked_at=None, expires_at__gt=acting.now).count() >= TOKENS_MAX:
        raise Conflict(_("An account has at most %(limit)s tokens."), limit=TOKENS_MAX)
    if acting.actor.post_id != post_id and any(role.startswith(LIMIT_PREFIX) for role in acting.actor.roles):
        raise NotPermitted(_("A token makes tokens for its own post alone."), field="post_id")
    post = _own_post(account, post_id)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    token = ApiToken(
        id=new_identifier(), account=account, post=post, name=checked_name(name), digest=token_digest(secret),
        hint=secret[:TOKEN_HINT_LENGTH], scopes=_checked_scopes(acting, scopes), created_at=acting.now,
        expires_at=expires_at,
    )  # fmt: skip
    token.save(force_insert=True)
    acting.record(f"token:{token.id}", after=token_image(token), sealed=True)
    return IssuedToken(id=token.id, secret=secret, expires_at=expires_at)


def _check_token_life(acting: Acting, expires_at: datetime) -> None:
    if not acting.now < expires_at <= acting.now + TOKEN_LIFE_MAX:
        raise InvalidInput(
            _("A token ends within %(days)s days from now."), field="expires_at", value=expires_at.isoformat(),
            days=TOKEN_LIFE_MAX.days, remedy=_("Choose a date in that time."),
        )  # fmt: skip


def _own_post(account: Account, post_id: UUID | None) -> Post | None:
    if post_id is None:
        return None
    if post_id not in {post.id for post in held_posts(account.person_id)}:
        raise NotPermitted(_("This post is not yours today."), field="post_id", value=str(post_id))
    return Post.objects.get(id=post_id)


def _checked_scopes(acting: Acting, scopes: Sequence[str]) -> list[str]:
    """Patterns of permissions; a plain name must be one that the actor holds.

    Who acts through a token cannot make one that reaches further.
    """
    tidy = sorted({scope.strip() for scope in scopes})
    if not 1 <= len(tidy) <= SCOPES_MAX:
        raise InvalidInput(_("A token has 1 to %(limit)s scopes."), field="scopes", limit=SCOPES_MAX)
    for scope in tidy:
        if not scope.replace("*", "").replace(".", "").replace("_", "").isalnum() and scope != "*":
            raise InvalidInput(
                _("%(value)s is not a scope."), field="scopes", value=scope[:100],
                remedy=_("Write it as orders.place or orders.*."),
            )  # fmt: skip
        held = within_limits(acting.actor, scope) if "*" in scope else roles_allow(acting.actor.roles, scope)
        if not held:
            raise NotPermitted(
                _("Your post does not let you do this (%(permission)s)."), field="scopes", permission=scope
            )
    return tidy


def may_revoke_token(acting: Acting, /, **arguments: Any) -> None:
    """The owner may, and whoever may disable the account."""
    token = token_with(arguments["token_id"])
    if acting.actor.person_id is not None and token.account.person_id == acting.actor.person_id:
        return
    may_keep_account(acting, account_id=token.account_id)


def token_with(token_id: UUID) -> ApiToken:
    """Return a token by its identifier. Raises ``NotFound``."""
    token = ApiToken.objects.select_related("account").filter(id=token_id).first()
    if token is None:
        raise NotFound(
            _("There is no such token."), field="token_id", value=str(token_id),
            remedy=_("Look the person up in the administration of persons."),
        )  # fmt: skip
    return token


@act("places.revoke_token", may=may_revoke_token)
def revoke_token(acting: Acting, *, token_id: UUID) -> None:
    """End a token at once.

    Raises ``NotFound``, and ``Conflict`` for one that was revoked already.
    """
    token = token_with(token_id)
    if token.revoked_at is not None:
        raise Conflict(_("This token was revoked already."), field="token_id")
    token.revoked_at = acting.now
    token.save(update_fields=["revoked_at"])
    acting.record(f"token:{token.id}", after=token_image(token), sealed=True)
