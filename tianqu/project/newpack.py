"""Making a new pack: a folder that passes its own tests, and its line in the list of packs."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from tianqu.base.errors import Conflict, InvalidInput, _

PROJECT = Path(__file__).resolve().parent
FILES = PROJECT / "newpack_files"
PACKS = PROJECT.parent / "packs"
PACK_LIST = PROJECT / "pack_list.py"
CODE = re.compile(r"[a-z][a-z0-9_]{1,30}\Z")
# The Chinese of what a new pack says, beside its own title.
WORDS = {
    "Kind of place": "地点类别",
    "How many": "数量",
    "No place is loaded yet": "还没有载入地点",
    "Load a realm: tianqu realm load.": "请先载入辖区数据：tianqu realm load。",
    "Sites": "场所",
    "Open since": "启用日期",
    "Place": "地点",
    "It is open": "开放",
    "No site is declared yet": "还没有登记场所",
    "Declare the first one.": "请登记第一个。",
    "Declare a site": "登记场所",
    "Close the site": "停用这个场所",
    "There is no site %(value)s.": "没有场所 %(value)s。",
}


def make_pack(code: str, *, title: str, title_zh: str, packs: Path = PACKS, pack_list: Path = PACK_LIST) -> list[Path]:
    """Make the pack ``code`` in ``packs`` and add its line to ``pack_list``; return the files made.

    Raises ``InvalidInput`` for a code that cannot name a Python package, and ``Conflict`` if there is such a pack.
    """
    if not CODE.match(code):
        raise InvalidInput(
            _("%(value)s cannot be the code of a pack."), field="code", value=code[:40],
            remedy=_("Use small letters, digits and _, beginning with a letter."),
        )  # fmt: skip
    for field, text in (("title", title), ("title_zh", title_zh)):
        if not text.strip() or set(text) & set('"\\\n'):
            raise InvalidInput(_("A pack needs a title in English and one in Chinese, on one line."), field=field)
    folder = packs / code
    if folder.exists():
        raise Conflict(_("There is a pack %(value)s already."), field="code", value=code)
    words = {"code": code, "title": title, "lower": title[0].lower() + title[1:]}
    made = [_write(source, folder=folder, words=words) for source in sorted(FILES.glob("**/*.txt"))]
    made.append(_write_catalogue(folder, words=words, title_zh=title_zh))
    _list(pack_list, code)
    return made


def _write(source: Path, *, folder: Path, words: dict[str, str]) -> Path:
    relative = source.relative_to(FILES).with_suffix("")
    if relative.parts[0] == "templates":
        relative = Path("templates", words["code"], *relative.parts[1:])
    target = folder / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(Template(source.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    return target


def _write_catalogue(folder: Path, *, words: dict[str, str], title_zh: str) -> Path:
    """Write the Chinese catalogue as tools/translations.py would, so that its check passes at once."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    catalogue = Catalog(locale="zh_Hans", domain="django", fuzzy=False)
    catalogue.add(words["title"], title_zh)
    catalogue.add(f"Officer for {words['lower']}", f"{title_zh}专员")
    for english, chinese in WORDS.items():
        catalogue.add(english, chinese)
    target = folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_po(file, catalogue, sort_output=True)
    return target


def _list(pack_list: Path, code: str) -> None:
    """Add the pack's line at the end of PACK_PACKAGES."""
    text = pack_list.read_text(encoding="utf-8")
    found = re.search(r"(PACK_PACKAGES: tuple\[str, \.\.\.\] = )\((.*?)\)", text, re.DOTALL)
    assert found is not None, "pack_list.py has lost its list"
    packages = [*re.findall(r'"([^"]+)"', found[2]), f"tianqu.packs.{code}"]
    lines = "".join(f'    "{package}",\n' for package in packages)
    pack_list.write_text(text[: found.start()] + f"{found[1]}(\n{lines})" + text[found.end() :], encoding="utf-8")
