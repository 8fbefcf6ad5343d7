"""``tianqu check FILE.yaml``: whether the printed figures of a bulletin can hold together, on any machine,
without a database.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tianqu.base.errors import TianquError

HOLDS, CANNOT_HOLD, BAD_FILE, CANNOT_BE_TESTED = 0, 1, 2, 3


def check(
    file: Annotated[Path, typer.Argument(help="Figures as printed, and relations between them (YAML).")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Say it for programs, with all numbers as fractions.")
    ] = False,
    brief: Annotated[bool, typer.Option("--brief", help="Leave the certificates out.")] = False,
) -> None:
    """Check whether the printed figures of a bulletin can hold together. See docs/consistency.md.

    Every figure is taken as the exact span of its last digit. A conflict is named by the smallest set of figures that
    cannot all be right, with a certificate in exact fractions; that all holds is said only with true values that fit.

    Exit codes: 0 holds, 1 cannot hold, 2 the file is bad, 3 cannot be tested (not all of it).
    """
    from tianqu.base.errors import InvalidInputs, TianquError
    from tianqu.base.texts import printable
    from tianqu.kernel.figures.offline import Verdict, check_figures, checked_json, checked_lines, read_file
    from tianqu.project.speaking import in_chinese, spoken, terminal_language

    chinese = terminal_language().startswith("zh")
    try:
        bulletin = read_file(file)
    except InvalidInputs as error:
        for fault in error.errors:
            typer.secho(_fault_said(fault, file.name), fg="red", err=True)
        raise typer.Exit(BAD_FILE) from None
    except TianquError as error:
        typer.secho(spoken(error), fg="red", err=True)
        raise typer.Exit(BAD_FILE) from None
    checked = check_figures(bulletin.figures, bulletin.relations)
    if as_json:
        import json

        typer.echo(json.dumps(checked_json(checked, bulletin.title, in_chinese), ensure_ascii=False, indent=1))
    else:
        translate = in_chinese if chinese else str
        for line in checked_lines(checked, bulletin.title, translate, chinese=chinese, certificate=not brief):
            typer.echo(printable(line))
    codes = {Verdict.HOLDS: HOLDS, Verdict.CANNOT_HOLD: CANNOT_HOLD, Verdict.CANNOT_BE_TESTED: CANNOT_BE_TESTED}
    raise typer.Exit(codes[checked.verdict])


def _fault_said(fault: TianquError, name: str) -> str:
    from tianqu.base.texts import printable
    from tianqu.kernel.figures.offline import FileFault
    from tianqu.project.speaking import spoken

    line = f":{fault.line}" if isinstance(fault, FileFault) else ""
    return f"{name}{line}: {printable(fault.field)}: {spoken(fault)}"
