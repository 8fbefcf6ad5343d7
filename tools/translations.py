"""Keep the catalogues: one for each folder that has a ``locale/``, English as the key, simplified Chinese beside it.

    python tools/translations.py                 # extract, update the catalogues (translations are kept), compile
    python tools/translations.py tianqu/web/ask  # the same for this folder's catalogue alone
    python tools/translations.py --compile       # only compile, as the build does
    python tools/translations.py --check         # fail on a missing, fuzzy, unused or ill-matched translation, and on
                                                 # Chinese text in a template outside translation

A folder's catalogue holds the texts of its Python files and templates, down to the next folder that has its own.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "tianqu"
LANGUAGE = "zh_Hans"
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
JINJA_OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
PYTHON, JINJA = "python", "jinja2.ext:babel_extract"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|(?<!%)%[sd]|\{(\w+)\}")
LONE_PERCENT = re.compile(r"%(?![(%sd])")
CHINESE = re.compile(r"[\u3400-\u9fff]+")
COMMENT = re.compile(r"{#.*?#}", re.DOTALL)
NOT_OURS = {"newpack_files", "tests", "migrations", "__pycache__", "static", "locale", "realms"}


def catalogue_folders() -> list[Path]:
    """Return the folders that have a catalogue, or ought to have one because their ``locale/`` exists."""
    return sorted(path.parent for path in PACKAGE.glob("**/locale") if path.is_dir())


def sources(folder: Path, folders: list[Path]) -> Iterator[Path]:
    """Yield the Python files and templates of ``folder`` that no folder inside it takes."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in NOT_OURS and path not in folders:
            yield from sources(path, folders)
        elif path.suffix in {".py", ".html", ".txt"} and (path.suffix == ".py" or "templates" in path.parts):
            yield path


def extracted(folder: Path, folders: list[Path]) -> Catalog:
    """Return the texts of ``folder`` as a catalogue without translations."""
    catalogue = Catalog(domain="django")
    for path in sources(folder, folders):
        method, options = (PYTHON, None) if path.suffix == ".py" else (JINJA, JINJA_OPTIONS)
        found = extract_from_file(method, path, keywords=KEYWORDS, comment_tags=["Translators:"], options=options)
        for _line, message, comments, context in found:
            # Without line numbers a catalogue changes only when a text does.
            catalogue.add(
                message,
                locations=[(path.relative_to(ROOT).as_posix(), 0)],
                auto_comments=comments,
                context=context,
            )
    return catalogue


def po_path(folder: Path) -> Path:
    """Return where the Chinese catalogue of ``folder`` lies."""
    return folder / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def stored(folder: Path) -> Catalog:
    """Return the catalogue as it lies in ``folder``; an empty one when there is none yet."""
    path = po_path(folder)
    if not path.exists():
        return Catalog(locale=LANGUAGE, domain="django", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, domain="django")


def merged(folder: Path, folders: list[Path]) -> Catalog:
    """Return the catalogue with today's texts, the translations kept and what is no longer said dropped."""
    before = stored(folder)
    after = Catalog(locale=LANGUAGE, domain="django", fuzzy=False, header_comment="# Simplified Chinese.")
    for message in extracted(folder, folders):
        if not message.id:
            continue
        known = before.get(message.id, message.context)
        translation = known.string if known is not None and not known.fuzzy else None
        after.add(
            message.id, translation, [(name, 0) for name in sorted({name for name, _line in message.locations})],
            auto_comments=message.auto_comments, context=message.context,
            flags=message.flags - {"fuzzy"},
        )  # fmt: skip
    return after


def rendered(catalogue: Catalog) -> bytes:
    """Write a catalogue as a PO file, sorted by text and without dates, so that two branches seldom collide."""
    target = io.BytesIO()
    write_po(target, catalogue, width=110, sort_output=True, omit_header=True, include_lineno=False)
    header = (
        '# Simplified Chinese.\nmsgid ""\nmsgstr ""\n"Language: zh_Hans\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    )
    return header.encode() + target.getvalue()


def update(folders: list[Path], *, only: list[Path]) -> int:
    """Write each catalogue that changed, of ``only`` these folders; return how many texts have no translation."""
    missing = 0
    for folder in only:
        catalogue = merged(folder, folders)
        path = po_path(folder)
        text = rendered(catalogue)
        if not path.exists() or path.read_bytes() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        empty = [message for message in catalogue if message.id and not _translations(message)]
        missing += len(empty)
        if empty:
            print(f"{path.relative_to(ROOT)}: {len(empty)} texts to translate")
    return missing


def compile_all(folders: list[Path]) -> None:
    """Write the MO file beside each PO file."""
    for folder in folders:
        path = po_path(folder)
        if path.exists():
            with path.with_suffix(".mo").open("wb") as file:
                write_mo(file, stored(folder))


def faults(folders: list[Path]) -> Iterator[str]:
    """Yield a sentence for each fault of the catalogues and of the templates."""
    for folder in folders:
        name = po_path(folder).relative_to(ROOT)
        before, now = stored(folder), extracted(folder, folders)
        for message in now:
            if message.id:
                yield from (f"{name}: {fault}" for fault in _message_faults(message, before))
        for message in before:
            if message.id and now.get(message.id, message.context) is None:
                yield f"{name}: “{_text(message)}” is said nowhere any more; run tools/translations.py"
    yield from _told_apart(folders)
    for message in extracted(PACKAGE, folders):
        if message.id:
            yield f"{message.locations[0][0]}: “{_text(message)}” is in no catalogue: no folder above it has a locale/"
    for path in sorted(PACKAGE.glob("**/templates/**/*.html")):
        found = CHINESE.search(COMMENT.sub("", path.read_text()))
        if found:
            yield f"{path.relative_to(ROOT)}: “{found[0]}” stands outside translation"


def _told_apart(folders: list[Path]) -> Iterator[str]:
    """Yield a text that two catalogues translate differently: Django merges them, and one would win by chance."""
    seen: dict[object, tuple[list[str], Path]] = {}
    for folder in folders:
        for message in stored(folder):
            if message.id and _translations(message):
                key = (message.id if isinstance(message.id, str) else tuple(message.id), message.context)
                first, where = seen.setdefault(key, (_translations(message), folder))
                if first != _translations(message):
                    yield (
                        f"{po_path(folder).relative_to(ROOT)}: “{_text(message)}” is “{_translations(message)[0]}” here"
                        f" and “{first[0]}” in {where.relative_to(ROOT)}; say the same, or give one a context"
                    )


def _message_faults(message: Message, before: Catalog) -> Iterator[str]:
    known = before.get(message.id, message.context)
    translations = _translations(known) if known is not None else []
    if known is None or not translations:
        yield f"“{_text(message)}” has no translation"
    elif known.fuzzy:
        yield f"“{_text(message)}” is marked fuzzy"
    else:
        wanted = _placeholders(message.id[-1] if isinstance(message.id, (list, tuple)) else message.id)
        in_template = any(name.endswith(".html") for name, _line in message.locations)
        for translation in [*translations, *([message.id] if isinstance(message.id, str) else message.id)]:
            if in_template and LONE_PERCENT.search(translation.replace("%%", "")):
                yield f"“{translation}” has a lone %, which templates take for a placeholder; write %%"
        for translation in translations:
            if _placeholders(translation) - wanted:
                yield f"“{translation}” has a placeholder that “{_text(message)}” has not"
            if isinstance(message.id, str) and wanted - _placeholders(translation):
                yield f"“{translation}” lacks a placeholder of “{_text(message)}”"


def _placeholders(text: str) -> set[str]:
    return {found[0] for found in PLACEHOLDER.finditer(text)}


def _translations(message: Message) -> list[str]:
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return [string for string in strings if string]


def _text(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def main() -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="change nothing; fail on any fault")
    parser.add_argument("--compile", action="store_true", help="only compile")
    parser.add_argument("folders", nargs="*", type=Path, help="folders whose catalogue to update; all by default")
    arguments = parser.parse_args()
    for folder in arguments.folders:
        (folder.resolve() / "locale").mkdir(exist_ok=True)
    folders = catalogue_folders()
    if arguments.check:
        found = list(faults(folders))
        for fault in found:
            print(fault)
        print(f"{len(folders)} catalogues, {len(found)} faults.")
        return 1 if found else 0
    if not arguments.compile:
        update(folders, only=[folder.resolve() for folder in arguments.folders] or folders)
    compile_all(folders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
