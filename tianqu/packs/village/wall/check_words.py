"""What the check in the browser says at each step; the names are those of ``checking.SAID`` and ``wall.js``.

Words in braces are filled in by the browser.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext, gettext_noop

WORDS: Final = {
    "checking": gettext_noop("Checking …"),
    "good": gettext_noop("All is well: this poster is genuine, its sums add up, and no entry is missing."),
    "bad": gettext_noop("SOMETHING IS WRONG. Keep this page, and call 12345 or the county's inspectors."),
    "unsure": gettext_noop("What could be checked is well, but not everything could be checked here."),
    "signature_good": gettext_noop("The log {origin} signed that it holds {size} entries."),
    "inclusion_good": gettext_noop("The poster's entry stands in that log, at {index}."),
    "content_good": gettext_noop("The poster is, byte for byte, what that entry commits to."),
    "sums_good": gettext_noop("Every sum was computed anew from {vouchers} vouchers, and is right."),
    "numbers_good": gettext_noop(
        "The poster accounts for every number of the book, from 1 to {last}; of this quarter it says that {moneyless}"
        " move no money."
    ),
    "paper_good": gettext_noop("The code on your paper names this very entry."),
    "shown_good": gettext_noop("All {count} numbers that the page shows are those of the log."),
    "log_good": gettext_noop("The log of today, with {size} entries, still holds all that it held then."),
    "book_good": gettext_noop("{book}: {checked} of {last} numbers were looked up in the log, each is at its place."),
    "series_good": gettext_noop("The log holds each of the {last} posters of this village; none was kept back."),
    "file_unreadable": gettext_noop("The proof file cannot be read."),
    "no_crypto": gettext_noop(
        "This browser cannot compute hashes here (it needs https and a browser of recent years). Use the program below."
    ),
    "no_ed25519": gettext_noop(
        "This browser does not know the log's kind of signature (Ed25519), so the signature was not checked."
    ),
    "broken": gettext_noop("The check broke off: {reason}"),
    "signature_wrong": gettext_noop("THE SIGNATURE IS WRONG: the log's key did not sign this."),
    "entry_not_included": gettext_noop("The poster's entry is not in the signed log."),
    "poster_altered": gettext_noop("THE POSTER WAS CHANGED: it is not what the log's entry {index} commits to."),
    "sum_wrong": gettext_noop("A SUM WAS CHANGED: {path} says {told}, its vouchers give {computed}."),
    "number_unaccounted": gettext_noop("The poster keeps silent about the numbers {first} to {last} of {book}."),
    "number_left_out": gettext_noop(
        "THE POSTER LEAVES OUT the numbers {first} to {last} of {book}: they are vouchers of its own quarter."
    ),
    "number_twice": gettext_noop("The poster tells twice of the numbers {first} to {last} of {book}."),
    "number_unknown": gettext_noop("The poster tells of the numbers {first} to {last}, which {book} does not have."),
    "paper_differs": gettext_noop("THE PAPER IS OF ANOTHER POSTER: its code names entry {entry}, this one is {index}."),
    "page_differs": gettext_noop("THE PAGE WAS CHANGED: {path} is “{text}” on it, and “{told}” in the log's poster."),
    "log_rewritten": gettext_noop(
        "THE LOG WAS REWRITTEN: it no longer begins with the {size} entries that it signed before."
    ),
    "log_unreachable": gettext_noop("The log could not be read ({path}); try again later."),
    "tile_altered": gettext_noop("A FILE OF THE LOG WAS ALTERED: {path} does not fit the signed checkpoint."),
    "poster_missing": gettext_noop("The log no longer holds the poster's entry at {index}."),
    "poster_moved": gettext_noop("THE LOG WAS REORDERED: the poster's entry stood at {index}, now it stands at {now}."),
    "entry_missing": gettext_noop("AN ENTRY IS MISSING: the log does not hold number {number} of {book}."),
    "entry_moved": gettext_noop(
        "THE LOG WAS REORDERED: number {number} of {book} stood at {index}, now it stands at {now}."
    ),
    "book_untold": gettext_noop(
        "THE PROOF FILE WAS CUT SHORT: it does not tell where the numbers of {book} lie in the log."
    ),
}  # fmt: skip
# The parts of a path, as a reader says them; others are said as they are, those that are "" not at all.
PATHS: Final = {
    "money": "", "books": "", "rows": "", "sums": "", "lines": "", "0": "",
    "accounts": gettext_noop("Ledger account"), "sheet": gettext_noop("Balance sheet"),
    "land": gettext_noop("Land"), "contracts": gettext_noop("Contracts"),
    "assets": gettext_noop("Things of the village"), "funds": gettext_noop("Funds"),
    "claims": gettext_noop("Owed to the village"), "debts": gettext_noop("Owed by the village"),
    "opening_fen": gettext_noop("There was"), "closing_fen": gettext_noop("There is"),
    "received_fen": gettext_noop("Came in"), "paid_fen": gettext_noop("Was paid"),
    "area_mu_4": gettext_noop("mu"), "idle_mu_4": gettext_noop("idle mu"), "parcels": gettext_noop("parcels"),
    "rent_year_fen": gettext_noop("rent a year"), "amount_fen": gettext_noop("Amount"),
    "settled_fen": gettext_noop("settled"), "assets_total": gettext_noop("All that the village has"),
    "liabilities_total": gettext_noop("All that the village owes"),
    "equity_total": gettext_noop("What is the village's own"),
}  # fmt: skip


def check_words() -> dict[str, Any]:
    """Return every sentence, and under ``paths`` the parts of a path, in the language of the page."""
    said = {name: gettext(sentence) for name, sentence in WORDS.items()}
    return {**said, "paths": {name: gettext(word) if word else "" for name, word in PATHS.items()}}
