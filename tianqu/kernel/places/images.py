"""After-images:

what the journal keeps of a place, a unit, a person, a post, an account and a token after an act.
"""

from __future__ import annotations

from collections.abc import Iterable

from tianqu.kernel.places.models import Account, ApiToken, Person, Place, Post, Succession, Unit


def place_image(place: Place, successions: Iterable[Succession] = ()) -> dict[str, object]:
    """A place, and what follows it.

    A boundary is named by its presence only; its bytes are public elsewhere.
    """
    return {
        "code": place.code,
        "name": place.name,
        "name_en": place.name_en,
        "kind": place.kind,
        "parent": place.parent_id,
        "path": place.path,
        "valid_from": place.valid_from,
        "valid_to": place.valid_to,
        "lon": place.lon,
        "lat": place.lat,
        "position_invented": place.position_invented,
        "has_boundary": place.boundary is not None,
        "successions": [
            {
                "to": succession.to_place_id,
                "on": succession.happened_on,
                "kind": succession.kind,
                "derived": succession.derived,
            }
            for succession in successions
        ],
    }


def unit_image(unit: Unit) -> dict[str, object]:
    """A unit."""
    return {
        "code": unit.code,
        "name": unit.name,
        "name_en": unit.name_en,
        "kind": unit.kind,
        "place": unit.place_id,
        "parent": unit.parent_id,
        "successor": unit.successor_id,
        "phone": unit.phone,
        "valid_from": unit.valid_from,
        "valid_to": unit.valid_to,
    }


def person_image(person: Person) -> dict[str, object]:
    """A person: personal data, so the entry that holds it is sealed."""
    return {
        "name": person.name,
        "name_en": person.name_en,
        "phone": person.phone,
        "email": person.email,
        "language": person.language,
        "unit": person.unit_id,
        "erased_at": person.erased_at,
    }


def post_image(post: Post) -> dict[str, object]:
    """A post: who, by reference, holds which role where."""
    return {
        "person": post.person_id,
        "unit": post.unit_id,
        "role": post.role,
        "title": post.title,
        "deputy_of": post.deputy_of_id,
        "valid_from": post.valid_from,
        "valid_to": post.valid_to,
    }


def account_image(account: Account) -> dict[str, object]:
    """An account, without anything of its password."""
    return {
        "login": account.login,
        "person": account.person_id,
        "is_active": account.is_active,
        "must_change_password": account.must_change_password,
        "disabled_at": account.disabled_at,
    }


def token_image(token: ApiToken) -> dict[str, object]:
    """A token, without anything that would let it be guessed."""
    return {
        "account": token.account_id,
        "post": token.post_id,
        "name": token.name,
        "scopes": list(token.scopes),
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    }
