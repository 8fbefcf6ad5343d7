"""The door of places: everything that other rooms may use."""

from tianqu.kernel.places.models import (
    AccessRecord,
    Account,
    ApiToken,
    Person,
    Place,
    Post,
    Succession,
    Unit,
)

__all__ = [
    "AccessRecord",
    "Account",
    "ApiToken",
    "Person",
    "Place",
    "Post",
    "Succession",
    "Unit",
]
