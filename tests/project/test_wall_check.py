"""A villager's check, in Python and as the browser runs it: each forgery is found, and named."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from typer.testing import CliRunner

from tests.kernel.journal.logs import sequence, write_entries
from tianqu.kernel.journal.api import Scope, our_key, set_scope
from tianqu.kernel.journal.log import _log_at
from tianqu.kernel.journal.notes import SigningKey
from tianqu.kernel.places.api import forget_actors
from tianqu.packs.village.tests import forging
from tianqu.packs.village.tests.forging import Published
from tianqu.packs.village.tests.walls import PLACE, QUARTER, a_quarter, build_walls
from tianqu.packs.village.wall.check_words import WORDS
from tianqu.packs.village.wall.checking import FAULTS_MAX, SAID, check_poster
from tianqu.project.cli import app

pytestmark = pytest.mark.django_db  # of the fixture below; the tests themselves look at bytes alone
SCRIPT = Path(__file__).parents[2] / "tianqu" / "packs" / "village" / "static" / "village" / "wall.js"
NODE = shutil.which("node")
RUN = """
import { checkPoster } from "./wall.mjs";
let text = "";
for await (const part of process.stdin) text += part;
const { files, ...told } = JSON.parse(text);
const read = async (path) => (path in files ? Uint8Array.from(Buffer.from(files[path], "base64")) : null);
const found = [];
for await (const result of checkPoster({ ...told, read })) found.push(result);
console.log(JSON.stringify(found));
"""


@pytest.fixture(scope="module")
def published(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Published]:
    """A poster in a log of some hundred entries; made once, since everything that follows is bytes."""
    folder = tmp_path_factory.mktemp("wall")
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher"
    with (
        django_db_blocker.unblock(),
        override_settings(
            VAR=folder, TIANQU_LOG_URL=str(folder / "log"), TIANQU_LOG_ORIGIN="tianqu.example/log",
            PASSWORD_HASHERS=[hasher],
        ),
    ):  # fmt: skip
        try:
            made = _published(folder / "log")
        finally:
            set_scope(Scope())
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
            connection.close()
    forget_actors()
    _log_at.cache_clear()
    yield made


def _published(folder: Path) -> Published:
    forget_actors()
    village = build_walls()
    set_scope(village.accountant.scope)
    write_entries(280)
    numbers = a_quarter(village)
    village.publish("2021Q2")
    write_entries(100)
    village.publish()
    write_entries(160)
    sequence()
    answer = Client().get(f"/wall/{PLACE}/{QUARTER}/1/poster.json")
    bundle = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    return Published(bundle, forging.files_in(folder), our_key(), numbers["rent"])


def faults(published: Published, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    """What the check in Python finds wrong, by name."""
    results = list(check_poster(published.proof_file, published.key.verifier, read=published.files.get, **more))
    assert results
    for result in results:
        assert result.said() and (result.fault or result.step) in SAID
    return [(result.fault, dict(result.facts)) for result in results if result.ok is False]


def names(found: list[tuple[str, dict[str, Any]]]) -> set[str]:
    return {name for name, _facts in found}


def in_browser(published: Published, folder: Path, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    """What the browser's check finds wrong, run by Node."""
    if NODE is None:
        pytest.skip("Node.js is not on the PATH")
    (folder / "wall.mjs").write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "run.mjs").write_text(RUN, encoding="utf-8")
    ran = subprocess.run(
        [NODE, str(folder / "run.mjs")], input=forging.for_node(published, **more), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    results = json.loads(ran.stdout)
    assert results
    for result in results:
        assert (result["fault"] or f"{result['step']}_good") in WORDS
    return [(result["fault"], result["facts"]) for result in results if result["ok"] is False]


def test_an_honest_poster_passes_every_step(published: Published, tmp_path: Path) -> None:
    results = list(check_poster(published.proof_file, published.key.verifier, read=published.files.get))
    assert [(result.step, result.ok) for result in results] == [
        (step, True) for step in ("signature", "inclusion", "content", "sums", "numbers", "log", "book", "series")
    ]
    assert in_browser(published, tmp_path) == in_browser(published, tmp_path, whole=True) == []


Forge = Callable[[Published], Published]
FORGERIES: dict[str, tuple[Forge, set[str]]] = {
    "a changed sum": (forging.changed_sum, {"poster_altered", "sum_wrong"}),
    "sums that fit each other": (forging.changed_everywhere, {"poster_altered"}),
    "a voucher left out": (forging.dropped_voucher, {"poster_altered", "sum_wrong", "number_unaccounted"}),
    "a voucher left out and said to stand elsewhere": (
        forging.left_out,
        {"poster_altered", "sum_wrong", "number_left_out"},
    ),
    "a voucher counted twice": (forging.told_twice, {"poster_altered", "sum_wrong", "number_twice"}),
    "numbers that the book has not": (forging.invented_numbers, {"poster_altered", "number_unknown"}),
    "a balance sheet that was raised": (forging.raised_sheet, {"poster_altered", "sum_wrong"}),
    "an entry dropped": (forging.dropped_entry, {"log_rewritten", "entry_missing", "poster_moved", "entry_moved"}),
    "an entry dropped from the start": (
        forging.dropped_and_told,
        {"log_rewritten", "entry_missing", "poster_moved"},
    ),
    "an entry dropped and its book not told of": (
        forging.kept_silent,
        {"log_rewritten", "book_untold", "poster_moved"},
    ),
    "posters not told of": (forging.told_of_fewer_posters, {"entry_missing"}),
    "a log in another order": (forging.reordered, {"log_rewritten", "entry_moved"}),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_found_and_named(published: Published, tmp_path: Path, forgery: str) -> None:
    forge, expected = FORGERIES[forgery]
    forged = forge(published)
    found = faults(forged)
    assert names(found) == expected
    told = in_browser(forged, tmp_path, whole=True)
    assert sorted(told, key=str) == sorted(found, key=str)


def test_the_changed_sum_is_named_with_what_is_right(published: Published) -> None:
    right = published.content()["money"]["received_fen"]
    found = faults(forging.changed_sum(published))
    assert ("sum_wrong", {"path": "money.received_fen", "told": right + 100_000, "computed": right}) in found


@pytest.mark.parametrize("told", ["much", "\u0661", None, True, 1.5, float("nan"), [1], 10**30])
def test_a_sum_that_is_no_sum_is_told_in_words(published: Published, told: Any) -> None:
    forged = forging.with_content(published, lambda content: content["money"].update(received_fen=told))
    results = list(check_poster(forged.proof_file, published.key.verifier))
    assert all(result.said() for result in results)
    assert {"poster_altered", "file_unreadable" if told != 10**30 else "sum_wrong"} <= {one.fault for one in results}


def test_the_missing_and_the_moved_number_are_named(published: Published) -> None:
    number, index = published.number, published.index(published.number)
    missing = faults(forging.dropped_and_told(published))
    assert ("entry_missing", {"book": published.book, "number": number}) in missing
    moved = {"book": published.book, "number": number, "index": index, "now": index + 1}
    assert ("entry_moved", moved) in faults(forging.reordered(published))


@pytest.mark.parametrize("level", ["0", "1"])
def test_an_altered_tile_is_named(published: Published, tmp_path: Path, level: str) -> None:
    index = published.bundle["books"][-1]["indexes"][-1]  # that of the poster itself
    paths = [path for path in published.files if path.startswith(f"tile/{level}/")]
    path = max(paths) if level == "1" else next(path for path in paths if path == f"tile/0/{index // 256:03}")
    forged = forging.altered_tile(published, path)
    assert faults(forged) == [("tile_altered", {"path": path})]
    assert in_browser(forged, tmp_path) == [("tile_altered", {"path": path})]


def test_another_key_did_not_sign_it(published: Published, tmp_path: Path) -> None:
    other = Published(published.bundle, published.files, SigningKey.generate(published.key.name), published.number)
    assert names(faults(other)) == {"signature_wrong"}
    assert names(in_browser(other, tmp_path)) == {"signature_wrong"}


def test_a_printed_code_names_its_poster(published: Published, tmp_path: Path) -> None:
    index = published.bundle["books"][-1]["indexes"][-1]
    leaf = published.content() and in_paper(published)
    assert faults(published, paper=(index, leaf)) == []
    assert in_browser(published, tmp_path, paper={"entry": str(index), "leaf": leaf}) == []
    for entry, hashed in ((index + 1, leaf), (index, "0" * 64)):
        assert names(faults(published, paper=(entry, hashed))) == {"paper_differs"}
        assert names(in_browser(published, tmp_path, paper={"entry": str(entry), "leaf": hashed})) == {"paper_differs"}


def in_paper(published: Published) -> str:
    """The leaf hash that is printed."""
    (told,) = [
        result for result in check_poster(published.proof_file, published.key.verifier) if result.step == "inclusion"
    ]
    return str(told.facts["leaf"])


def test_a_number_on_the_page_that_is_not_the_logs_is_named(published: Published, tmp_path: Path) -> None:
    shown = [{"path": "money.received_fen", "text": "4,800.50"}, {"path": "land.sums.area_mu_4", "text": "173.45"}]
    assert in_browser(published, tmp_path, shown=shown) == []
    shown[0]["text"] = "48,800.50"
    facts = {"path": "money.received_fen", "text": "48,800.50", "told": "4,800.50"}
    assert in_browser(published, tmp_path, shown=shown) == [("page_differs", facts)]


@pytest.mark.parametrize("data", [b"", b"{}", b'{"format":"tianqu.village.wall-proof/1"}', b"\xff", b"[]"])
def test_a_file_that_is_none_is_said_to_be_none(published: Published, data: bytes) -> None:
    (result,) = check_poster(data, published.key.verifier)
    assert result.fault == "file_unreadable" and result.said()


MISSHAPEN: dict[str, Callable[[Any], None]] = {
    "no books": lambda content: content.pop("books"),
    "a text for a sum": lambda content: content["books"][0].update(received_fen="much"),
    "rows that are numbers": lambda content: content["land"].update(rows=[1, 2]),
    "legs without an end": lambda content: content["books"][0]["vouchers"][0].update(legs=[[]]),
    "no place": lambda content: content.pop("place"),
}


@pytest.mark.parametrize("shape", MISSHAPEN)
def test_a_poster_of_another_shape_is_refused_in_a_sentence(published: Published, tmp_path: Path, shape: str) -> None:
    forged = forging.with_content(published, MISSHAPEN[shape])
    assert names(faults(forged)) & {"file_unreadable", "poster_altered"}
    assert in_browser(forged, tmp_path)
    poster = tmp_path / "poster.json"
    poster.write_bytes(forged.proof_file)
    told = CliRunner().invoke(app, ["verify", str(poster), "--key", str(forged.key.verifier)])
    assert told.exit_code == 1 and told.output.rstrip().endswith("NOT VERIFIED.")
    assert isinstance(told.exception, SystemExit)


def test_a_book_of_endless_length_keeps_no_check_busy(published: Published, tmp_path: Path) -> None:
    def change(content: Any) -> None:
        content["books"][0]["last_number"] = 10**15

    forged = forging.with_content(published, change)
    found = faults(forged)
    assert [name for name, _facts in found].count("entry_missing") == FAULTS_MAX
    assert sorted(in_browser(forged, tmp_path, whole=True), key=str) == sorted(found, key=str)


def test_the_command_says_it_in_sentences(published: Published, tmp_path: Path) -> None:
    folder, poster = tmp_path / "log", tmp_path / "poster.json"
    for path, content in published.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    poster.write_bytes(published.proof_file)
    key = str(published.key.verifier)

    def verify(*more: str) -> Any:
        return CliRunner().invoke(app, ["verify", str(poster), "--key", key, *more])

    honest = verify("--log", str(folder))
    assert (honest.exit_code, honest.output.splitlines()[-1]) == (0, "VERIFIED.")
    assert f"every number of {published.book}" in honest.output
    assert verify().exit_code == 0
    assert verify("--log", str(tmp_path / "nowhere")).exit_code == 3
    assert verify("--paper", "7:00").exit_code == 1
    poster.write_bytes(forging.changed_sum(published).proof_file)
    forged = verify()
    assert forged.exit_code == 1
    assert "THE POSTER WAS CHANGED" in forged.output and "money.received_fen says 580,050" in forged.output


TOLD = {
    "a forged poster": (forging.changed_sum, "THE POSTER WAS CHANGED"),
    "an altered tile": (
        lambda published: forging.altered_tile(published, "tile/0/000"),
        "A FILE OF THE LOG WAS ALTERED: tile/0/000 ",
    ),
    "a dropped entry": (forging.dropped_entry, "AN ENTRY IS MISSING: the log does not hold number {number} "),
    "a reordered log": (forging.reordered, "THE LOG WAS REORDERED: number {number} "),
}


@pytest.mark.parametrize("forgery", TOLD)
def test_the_command_names_each_forgery(published: Published, tmp_path: Path, forgery: str) -> None:
    forge, said = TOLD[forgery]
    forged = forge(published)
    folder, poster = tmp_path / "log", tmp_path / "poster.json"
    for path, content in forged.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    poster.write_bytes(forged.proof_file)
    told = CliRunner().invoke(app, ["verify", str(poster), "--key", str(forged.key.verifier), "--log", str(folder)])
    output = " ".join(told.output.split())
    assert told.exit_code == 1 and output.endswith(" NOT VERIFIED.")
    assert said.format(number=published.number) in output


def test_how_many_numbers_are_said_to_move_no_money_is_told(published: Published) -> None:
    forged = forging.said_moneyless(published)
    results = list(check_poster(forged.proof_file, published.key.verifier))
    (numbers,) = [result for result in results if result.step == "numbers"]
    assert numbers.ok is True and "says that 1 move no money" in numbers.said()


def test_both_checks_know_the_same_faults() -> None:
    good = {name.removesuffix("_good") for name in WORDS if name.endswith("_good")}
    steps = {"signature", "inclusion", "content", "sums", "numbers", "paper", "log", "book", "series"}
    assert good - {"shown"} == steps == steps & SAID.keys()
    of_the_browser = {"no_crypto", "no_ed25519", "broken", "page_differs", "checking", "good", "bad", "unsure"}
    assert {name for name in WORDS if not name.endswith("_good")} - of_the_browser == SAID.keys() - steps
