"""``tianqu newpack NAME``: make a pack that passes its own tests."""

from __future__ import annotations

from typing import Annotated

import typer


def newpack(
    code: Annotated[str, typer.Argument(help="Its code: small letters, digits and _.")],
    title: Annotated[str, typer.Option(help="Its title in English.")],
    title_zh: Annotated[str, typer.Option(help="Its title in Chinese.")],
) -> None:
    """Make the folder of a new pack, with a page, a register, a role, tests and both languages, and list it."""
    from tianqu.project.newpack import PACKS, make_pack

    for path in make_pack(code, title=title, title_zh=title_zh):
        typer.echo(f"made {path.relative_to(PACKS.parents[1])}")
    typer.echo(f"Listed in tianqu/project/pack_list.py. Run: .venv/bin/pytest tianqu/packs/{code}")
