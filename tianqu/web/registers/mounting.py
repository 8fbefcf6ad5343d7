"""The pages of a pack's registers, at their addresses: list, file, form, sheet and template."""

from __future__ import annotations

from functools import partial
from typing import Final

from tianqu.kernel.pack.api import Pack, Page, Register
from tianqu.web.registers.bringing import register_bring, register_template
from tianqu.web.registers.declaring import register_form
from tianqu.web.registers.listing import act_of, register_file, register_list

BOTH: Final = ("GET", "POST")


def register_pages(pack: Pack) -> list[Page]:
    """The pages that a pack's registers make."""
    return [page for register in pack.registers for page in _pages(register, pack)]


def _pages(register: Register, pack: Pack) -> list[Page]:
    code, title, address = register.code, register.title, register.address
    given = partial(partial, register=register, pack=pack)
    pages = [
        Page(code, f"{address}/", given(register_list), register.permission, title),
        Page(f"{code}_file", f"{address}.<slug:form>", partial(register_file, register=register),
             register.permission, title),
    ]  # fmt: skip
    if register.declares is None:
        return pages
    act, desk = act_of(register), f"desk/{register.plain_address}"
    pages.append(Page(f"{code}_declare", register.form_address, given(register_form), act, register.declaring, BOTH))
    if register.imports:
        template = partial(register_template, register=register)
        pages += [
            Page(f"{code}_bring", f"{desk}/bring", given(register_bring), act, register.declaring, BOTH),
            Page(f"{code}_template", f"{desk}/template.<slug:form>", template, act, register.declaring),
        ]
    return pages
