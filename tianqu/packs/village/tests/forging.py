"""A published poster with the log it lies in, as bytes, and the ways in which somebody might forge either."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tianqu.kernel.journal.notes import Checkpoint, Note, SigningKey, sign_checkpoint
from tianqu.kernel.journal.tiles import TileEdge, decode_bundle

Files = dict[str, bytes]


@dataclass(frozen=True)
class Published:
    """What a villager has: the poster's proof file, the log's files, the key; ``number`` is that of its rent."""

    bundle: dict[str, Any]
    files: Files
    key: SigningKey
    number: int

    @property
    def book(self) -> str:
        return str(self.bundle["books"][0]["book"])

    @property
    def proof_file(self) -> bytes:
        return json.dumps(self.bundle).encode()

    def index(self, number: int) -> int:
        """Where a number of the book lies in the log."""
        told = self.bundle["books"][0]
        return int(told["indexes"][told["numbers"].index(number)])

    def content(self) -> Any:
        return json.loads(self.bundle["body"])["after"]


def files_in(folder: Path) -> Files:
    """Every file of a log, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def entries_of(files: Files) -> list[bytes]:
    """Every entry of a log, in order."""
    size = Checkpoint.parse(Note.parse(files["checkpoint"]).text).size
    entries: list[bytes] = []
    while len(entries) < size:
        number, rest = divmod(len(entries), 256)
        width = min(256, size - len(entries))
        assert rest == 0
        entries += decode_bundle(files[f"tile/entries/{number:03}" + (f".p/{width}" if width < 256 else "")])
    return entries


def log_of(entries: list[bytes], key: SigningKey) -> Files:
    """A log of these entries with an honest signature, as whoever holds the key could publish it."""
    edge, files = TileEdge(), {}
    for entry in entries:
        files |= {tile.path(): data for tile, data in edge.append(entry)}
    files |= {tile.path(): data for tile, data in edge.partial()}
    return files | {"checkpoint": sign_checkpoint(Checkpoint(key.name, edge.size, edge.root()), [key])}


def with_content(published: Published, change: Callable[[Any], None]) -> Published:
    """Another content in the proof file, everything else as it was."""
    bundle = deepcopy(published.bundle)
    body = json.loads(bundle["body"])
    change(body["after"])
    bundle["body"] = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return replace(published, bundle=bundle)


def changed_sum(published: Published) -> Published:
    """The poster says that more was received; nothing else."""

    def change(content: Any) -> None:
        content["money"]["received_fen"] += 100_000

    return with_content(published, change)


def changed_everywhere(published: Published) -> Published:
    """A voucher, its line and all sums are changed so that they fit each other."""

    def change(content: Any) -> None:
        book = content["books"][0]
        voucher = next(each for each in book["vouchers"] if each["number"] == published.number)
        for leg in voucher["legs"]:
            leg[1] = leg[1] // 2
        halved = abs(voucher["legs"][0][1])
        line = next(each for each in book["lines"] if each["code"] == "511")
        missing = line["received_fen"] - halved
        line["received_fen"] = halved
        for part in (book, content["money"]):
            part["received_fen"] -= missing
            part["closing_fen"] -= missing
        for code in ("101", "511"):
            account = next(each for each in book["accounts"] if each["code"] == code)
            account["closing_fen"] += missing if code == "511" else -missing
        of_sheet = {"cash", "current_total", "assets_total", "undistributed", "equity_total", "claims_total"}
        for row in book["sheet"]:
            if row["code"] in of_sheet and (row["side"], row["code"]) != ("claims", "current_total"):
                row["closing_fen"] -= missing

    return with_content(published, change)


def left_out(published: Published) -> Published:
    """The poster leaves a voucher out, and says that its number is one of those that stand elsewhere."""

    def change(content: Any) -> None:
        book = content["books"][0]
        book["vouchers"] = [each for each in book["vouchers"] if each["number"] != published.number]
        number = published.number
        book["others"].append({"first": number, "last": number, "what": "posted", "quarter": content["quarter"]})

    return with_content(published, change)


def told_twice(published: Published) -> Published:
    """The poster counts a voucher twice."""

    def change(content: Any) -> None:
        book = content["books"][0]
        book["vouchers"].append(next(each for each in book["vouchers"] if each["number"] == published.number))

    return with_content(published, change)


def invented_numbers(published: Published) -> Published:
    """The poster tells of vouchers that the book cannot have."""

    def change(content: Any) -> None:
        book = content["books"][0]
        voucher = {**book["vouchers"][0], "legs": []}
        book["vouchers"] += [{**voucher, "number": -5}, {**voucher, "number": book["last_number"] + 1}]

    return with_content(published, change)


def raised_sheet(published: Published) -> Published:
    """Both sides of the balance sheet are raised alike."""

    def change(content: Any) -> None:
        for row in content["books"][0]["sheet"]:
            if row["code"] in ("assets_total", "equity_total", "claims_total"):
                row["closing_fen"] += 10**9

    return with_content(published, change)


def said_moneyless(published: Published) -> Published:
    """The poster says of a number that it moves no money."""

    def change(content: Any) -> None:
        book = content["books"][0]
        number = book["last_number"] = book["last_number"] + 1
        book["others"].append({"first": number, "last": number, "what": "moneyless"})

    return with_content(published, change)


def dropped_voucher(published: Published) -> Published:
    """The poster leaves a voucher out."""

    def change(content: Any) -> None:
        book = content["books"][0]
        book["vouchers"] = [each for each in book["vouchers"] if each["number"] != published.number]

    return with_content(published, change)


def altered_tile(published: Published, path: str) -> Published:
    """A bit of a file of the log is turned."""
    data = bytearray(published.files[path])
    data[40] ^= 1
    return replace(published, files=published.files | {path: bytes(data)})


def dropped_entry(published: Published) -> Published:
    """The operator takes an entry out of the log and signs what is left."""
    entries = entries_of(published.files)
    del entries[published.index(published.number)]
    return replace(published, files=log_of(entries, published.key))


def dropped_and_told(published: Published) -> Published:
    """A log that never held the entry, and a proof file made from it: no older copy tells."""
    entries = entries_of(published.files)
    gone = published.index(published.number)
    del entries[gone]
    files, bundle = log_of(entries, published.key), deepcopy(published.bundle)
    for told in bundle["books"]:
        kept = [place for place, index in enumerate(told["indexes"]) if index != gone]
        told["numbers"] = [told["numbers"][place] for place in kept]
        told["leaves"] = [told["leaves"][place] for place in kept]
        told["indexes"] = [told["indexes"][place] - (told["indexes"][place] > gone) for place in kept]
    return replace(published, bundle=bundle, files=files)


def kept_silent(published: Published) -> Published:
    """The entry never was in the log, and the proof file tells nothing of the book any more, so that nobody looks."""
    forged = dropped_and_told(published)
    bundle = deepcopy(forged.bundle)
    del bundle["books"][0]
    return replace(forged, bundle=bundle)


def told_of_fewer_posters(published: Published) -> Published:
    """The proof file tells of the village's posters but for this one, as if it were not among those that count."""
    bundle = deepcopy(published.bundle)
    series = bundle["books"][-1]
    for name in ("numbers", "indexes", "leaves"):
        series[name].pop()
    return replace(published, bundle=bundle)


def reordered(published: Published) -> Published:
    """The operator changes the order of two entries and signs it."""
    entries = entries_of(published.files)
    one = published.index(published.number)
    entries[one], entries[one + 1] = entries[one + 1], entries[one]
    return replace(published, files=log_of(entries, published.key))


def for_node(published: Published, **more: Any) -> str:
    """Everything that the check in the browser reads, as JSON."""
    files = {path: base64.b64encode(data).decode() for path, data in published.files.items()}
    told = {"bundle": published.bundle, "key": str(published.key.verifier), "files": files}
    return json.dumps(told | more)
