"""The journal's door: everything that other rooms may use."""

from tianqu.kernel.journal.actors import ANYBODY, SYSTEM, Actor, Scope
from tianqu.kernel.journal.acts import (
    ENTRY_COLUMNS,
    INSERT_ENTRY,
    Act,
    Acting,
    PreparedEntry,
    act,
    prepare_entry,
    registered_acts,
)
from tianqu.kernel.journal.guards import AppendOnly, GuardTable
from tianqu.kernel.journal.requests import perform_once
from tianqu.kernel.journal.scopes import seeing, set_scope

__all__ = [
    "ANYBODY",
    "ENTRY_COLUMNS",
    "INSERT_ENTRY",
    "SYSTEM",
    "Act",
    "Acting",
    "Actor",
    "AppendOnly",
    "GuardTable",
    "PreparedEntry",
    "Scope",
    "act",
    "perform_once",
    "prepare_entry",
    "registered_acts",
    "seeing",
    "set_scope",
]
