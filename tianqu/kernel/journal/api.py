"""The journal's door: everything that other rooms may use."""

from tianqu.kernel.journal.actors import ANYBODY, SYSTEM, Actor, Scope
from tianqu.kernel.journal.acts import (
    ENTRY_COLUMNS,
    INSERT_ENTRY,
    Act,
    Acting,
    DoneBefore,
    PreparedEntry,
    act,
    columns_told,
    prepare_entry,
    registered_acts,
)
from tianqu.kernel.journal.checking import Check, check_log
from tianqu.kernel.journal.checks import last_checks, request_check
from tianqu.kernel.journal.connections import own_connection, savepoint
from tianqu.kernel.journal.copying import EntryRows, copy_entries
from tianqu.kernel.journal.entries import (
    BookLeaf,
    HistoryEntry,
    KeptEntry,
    PublishedEntry,
    book_leaves,
    history,
    inclusion_proof,
    kept_entry,
    log_index,
    proof_file,
    published_entries,
    published_entry,
    state_at,
    states_at,
)
from tianqu.kernel.journal.erasure import (
    PersonalData,
    erase_bodies,
    erase_person,
    forget_requests,
    register_personal_subjects,
    subjects_saying,
)
from tianqu.kernel.journal.guards import AppendOnly, GuardTable
from tianqu.kernel.journal.keys import kept_key
from tianqu.kernel.journal.laws import Refusals, constraint_of, lawful_by, refused_by
from tianqu.kernel.journal.log import Log, our_key, our_log
from tianqu.kernel.journal.making import BookedEntry, EntryMaker, written_time
from tianqu.kernel.journal.notes import SigningKey
from tianqu.kernel.journal.permissions import register_permissions
from tianqu.kernel.journal.placing import place_entries
from tianqu.kernel.journal.prepared import Sent, execute_prepared
from tianqu.kernel.journal.publishing import LogForked
from tianqu.kernel.journal.requests import Performed, perform_once, perform_request
from tianqu.kernel.journal.scopes import eyes_of_person, scope_was_set, seeing, set_scope
from tianqu.kernel.journal.sequencer import JournalStatus, NotTheSequencer, Sequencer, journal_status
from tianqu.kernel.journal.streaming import SubjectChange, erased_since, log_size, subject_changes, subject_states
from tianqu.kernel.journal.tiles import parse_tile_path
from tianqu.kernel.journal.walls import writing
from tianqu.kernel.journal.witness import REQUEST_BYTES_MAX as WITNESS_REQUEST_BYTES_MAX
from tianqu.kernel.journal.witness import Answer as WitnessAnswer
from tianqu.kernel.journal.witness import Witness
from tianqu.kernel.journal.witness_server import open_witness

__all__ = [
    "ANYBODY",
    "ENTRY_COLUMNS",
    "INSERT_ENTRY",
    "SYSTEM",
    "WITNESS_REQUEST_BYTES_MAX",
    "Act",
    "Acting",
    "Actor",
    "AppendOnly",
    "BookLeaf",
    "BookedEntry",
    "Check",
    "DoneBefore",
    "EntryMaker",
    "EntryRows",
    "GuardTable",
    "HistoryEntry",
    "JournalStatus",
    "KeptEntry",
    "Log",
    "LogForked",
    "NotTheSequencer",
    "Performed",
    "PersonalData",
    "PreparedEntry",
    "PublishedEntry",
    "Refusals",
    "Scope",
    "Sent",
    "Sequencer",
    "SigningKey",
    "SubjectChange",
    "Witness",
    "WitnessAnswer",
    "act",
    "book_leaves",
    "check_log",
    "columns_told",
    "constraint_of",
    "copy_entries",
    "erase_bodies",
    "erase_person",
    "erased_since",
    "execute_prepared",
    "eyes_of_person",
    "forget_requests",
    "history",
    "inclusion_proof",
    "journal_status",
    "kept_entry",
    "kept_key",
    "last_checks",
    "lawful_by",
    "log_index",
    "log_size",
    "open_witness",
    "our_key",
    "our_log",
    "own_connection",
    "parse_tile_path",
    "perform_once",
    "perform_request",
    "place_entries",
    "prepare_entry",
    "proof_file",
    "published_entries",
    "published_entry",
    "refused_by",
    "register_permissions",
    "register_personal_subjects",
    "registered_acts",
    "request_check",
    "savepoint",
    "scope_was_set",
    "seeing",
    "set_scope",
    "state_at",
    "states_at",
    "subject_changes",
    "subject_states",
    "subjects_saying",
    "writing",
    "written_time",
]
