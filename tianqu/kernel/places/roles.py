"""Roles:

what a post lets its holder do, and how far it reaches. Packs declare them, the start-up registers them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal, TypeAlias

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _

Reach: TypeAlias = Literal["unit", "place", "everything"]
REACHES: tuple[Reach, ...] = ("unit", "place", "everything")

RESIDENT = "resident"  # a person who acts for themselves, through no post
ANYBODY_ROLE = "anybody"  # somebody who has not signed in
LIMIT_PREFIX = "only:"  # what a token adds to its holder's roles: a pattern beyond which it does not go


@dataclass(frozen=True, slots=True)
class Role:
    """A role as a pack declares it.

    ``permissions`` are names of acts and of things to see, or patterns of them (``orders.*``). ``reach``
    says what the holder sees and works on: the work of their unit and the units below it (``unit``),
    everything in their unit's place (``place``), or every place of the realm (``everything``). ``own_unit`` names
    those permissions, or patterns of them, that hold for the work of their unit alone although the role reaches
    further. ``name`` is an English sentence to be translated.
    """

    code: str
    name: str
    permissions: tuple[str, ...]
    reach: Reach = "unit"
    own_unit: tuple[str, ...] = ()


_ROLES: dict[str, Role] = {}


def register_role(role: Role) -> None:
    """Make a role known.

    Registering the same role twice is harmless; two different ones of one code are not.
    """
    if not role.code or role.code.startswith(LIMIT_PREFIX):
        raise InvalidInput(_("%(value)s cannot be the code of a role."), field="code", value=role.code)
    if role.reach not in REACHES:
        raise InvalidInput(
            _("The role %(role)s has the reach %(value)s."), field="reach", value=role.reach,
            remedy=_("Use unit, place or everything."), role=role.code,
        )  # fmt: skip
    known = _ROLES.get(role.code)
    if known is not None and known != role:
        raise Conflict(_("Two different roles are called %(value)s."), field="code", value=role.code)
    _ROLES[role.code] = role
    roles_allow.cache_clear()
    own_unit_alone.cache_clear()


def known_roles() -> dict[str, Role]:
    """Every registered role by its code."""
    return dict(_ROLES)


def role_called(code: str) -> Role:
    """Return a registered role. Raises ``NotFound`` for one that no pack declares."""
    role = _ROLES.get(code)
    if role is None:
        raise NotFound(
            _("There is no role %(value)s."), field="role", value=code,
            remedy=_("Use one of: %(roles)s."), roles=", ".join(sorted(_ROLES)),
        )  # fmt: skip
    return role


def roles_with(permission: str) -> frozenset[str]:
    """The codes of the roles that hold a permission."""
    return frozenset(code for code in _ROLES if roles_allow(frozenset({code}), permission))


@lru_cache(maxsize=20_000)
def own_unit_alone(roles: frozenset[str], permission: str) -> bool:
    """Say whether every one of ``roles`` that holds ``permission`` holds it for the work of its unit alone."""
    held = [_ROLES[code] for code in roles if code in _ROLES]
    holding = [role for role in held if any(fnmatchcase(permission, pattern) for pattern in role.permissions)]
    return bool(holding) and all(any(fnmatchcase(permission, pattern) for pattern in role.own_unit) for role in holding)


@lru_cache(maxsize=20_000)
def within_limits_of(roles: frozenset[str], permission: str) -> bool:
    """Say whether the limits of a token, if there are any, hold ``permission``, itself a name or a pattern."""
    limits = [code.removeprefix(LIMIT_PREFIX) for code in roles if code.startswith(LIMIT_PREFIX)]
    return not limits or any(fnmatchcase(permission, limit) for limit in limits)


@lru_cache(maxsize=20_000)
def roles_allow(roles: frozenset[str], permission: str) -> bool:
    """Say whether any of ``roles`` holds ``permission``, within the limits of a token if there are any."""
    if not within_limits_of(roles, permission):
        return False
    held = [code for code in roles if not code.startswith(LIMIT_PREFIX)] or [ANYBODY_ROLE]
    return any(
        fnmatchcase(permission, pattern) for code in held if code in _ROLES for pattern in _ROLES[code].permissions
    )
