"""What people answer to a form: read from a page, checked, and made ready to be stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from tianqu.base.canonical import INTEGER_MAX
from tianqu.base.errors import InvalidInput, InvalidInputs, _
from tianqu.base.quantities import UNITS, read_quantity
from tianqu.base.texts import has_unwanted
from tianqu.kernel.orders.forms import LENGTHS_MAX, PHOTOS_MAX, Field, Form, shown

PHONE = re.compile(r"[+(0-9][0-9 ()+-]{2,29}")
IDENTITY_NUMBER = re.compile(r"[0-9]{6}")  # no name holds six digits in a row, every identity number does
NAME_MAX = 60
CODE_MAX = 80
DECIMAL = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")
DAY = re.compile(r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")

PlaceExists = Callable[[str], bool]


def validate(
    form: Form,
    answers: Mapping[str, Any],
    *,
    today: date,
    place_exists: PlaceExists | None = None,
) -> dict[str, Any]:
    """Check ``answers`` (field code → value as in docs/items.md) and return what is to be stored.

    What is empty, and what belongs to a field that is not shown, is left out. ``today`` is the day in the realm.
    Raises ``InvalidInputs`` that names every field at fault.
    """
    errors: list[InvalidInput] = []
    known = {each.code for each in form.fields}
    for unknown in answers:
        if unknown not in known:
            errors.append(InvalidInput(_("The form has no such field."), field=str(unknown)[:CODE_MAX]))
    kept: dict[str, Any] = {}
    for each in shown(form, answers):
        answer = answers.get(each.code)
        if _is_empty(answer):
            if each.required:
                errors.append(InvalidInput(_("This question needs an answer."), field=each.code))
            continue
        try:
            kept[each.code] = _CHECKS[each.kind](each, answer, today)
            if each.kind == "place" and place_exists is not None and not place_exists(kept[each.code]):
                raise _wrong(each, _("There is no such place."), remedy=_("Choose one from the list."))
        except InvalidInput as error:
            errors.append(error)
    if errors:
        raise InvalidInputs(errors)
    return kept


def page_answers(form: Form, sent: Mapping[str, list[str]]) -> dict[str, Any]:
    """Turn what a page's form sent (field code → strings) into answers that ``validate`` takes.

    Money is typed in yuan. What cannot be turned stays as it is, so that ``validate`` refuses it and the page shows it.
    """
    answers: dict[str, Any] = {}
    for each in form.fields:
        values = [value for value in sent.get(each.code, []) if value.strip()]
        if values:
            answers[each.code] = values if each.kind in ("choices", "photo") else _from_page(each, values[-1])
    return answers


def _from_page(each: Field, value: str) -> Any:
    if each.kind == "yes_no":
        return {"true": True, "yes": True, "on": True, "false": False, "no": False}.get(value, value)
    if each.kind == "money":
        try:
            return read_quantity(value, UNITS["fen"])
        except InvalidInput:
            return value
    if each.kind == "number" and not each.decimals:
        plain = unicodedata.normalize("NFKC", value).strip().replace(",", "")
        return int(plain) if re.fullmatch(r"-?[0-9]{1,15}", plain) else value
    return value


def _is_empty(answer: object) -> bool:
    return answer is None or (isinstance(answer, str) and not answer.strip()) or answer == []


def _wrong(each: Field, message: str, **parameters: Any) -> InvalidInput:
    return InvalidInput(message, field=each.code, **parameters)


def _text(each: Field, answer: object, _today: date) -> str:
    if not isinstance(answer, str):
        raise _wrong(each, _("A text is expected here."))
    text = answer.replace("\r\n", "\n").replace("\r", "\n").strip()
    if has_unwanted(text):
        raise _wrong(each, _("The text holds characters that cannot be shown."), remedy=_("Type it anew."))
    if each.kind == "text" and ("\n" in text or "\t" in text):
        raise _wrong(each, _("Only one line is possible here."))
    least, most = each.min or 0, each.max if each.max is not None else LENGTHS_MAX[each.kind]
    _check_limits(
        each, len(text), least, most, below=_("At least %(limit)s characters, please."),
        above=_("At most %(limit)s characters, please."),
    )  # fmt: skip
    return text


def _choice(each: Field, answer: object, _today: date) -> str:
    for choice in each.choices:
        if answer == choice.value:
            return choice.value
    raise _wrong(each, _("This is not one of the answers."), remedy=_("Choose one from the list."))


def _choices(each: Field, answer: object, today: date) -> list[str]:
    if not isinstance(answer, list | tuple) or len(answer) > len(each.choices):
        raise _wrong(each, _("A list of answers is expected here, each once."))
    chosen = [_choice(each, member, today) for member in answer]
    if len(set(chosen)) != len(chosen):
        raise _wrong(each, _("A list of answers is expected here, each once."))
    _check_limits(
        each, len(chosen), each.min or 0, each.max or len(each.choices),
        below=_("Choose at least %(limit)s, please."), above=_("Choose at most %(limit)s, please."),
    )  # fmt: skip
    return chosen


def _number(each: Field, answer: object, _today: date) -> int | str:
    if not each.decimals:
        return _whole(each, answer, most=INTEGER_MAX)
    try:
        if not isinstance(answer, str) or not DECIMAL.fullmatch(answer):
            raise InvalidOperation
        number = Decimal(answer)
    except InvalidOperation:
        raise _wrong(each, _("A decimal number is expected here."), remedy=_("Give for instance 12.5.")) from None
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > each.decimals:
        raise _wrong(each, _("At most %(limit)s decimals, please."), limit=each.decimals)
    _check_limits(
        each, number, Decimal(each.min) if each.min is not None else None,
        Decimal(each.max) if each.max is not None else None,
    )  # fmt: skip
    return answer


def _whole(each: Field, answer: object, *, most: int) -> int:
    if isinstance(answer, bool) or not isinstance(answer, int) or abs(answer) > most:
        raise _wrong(each, _("A whole number is expected here."))
    _check_limits(each, answer, each.min, each.max)
    return answer


def _money(each: Field, answer: object, _today: date) -> int:
    if isinstance(answer, str):
        raise _wrong(each, _("An amount of money is expected here."), remedy=_("Give for instance 1234.50."))
    return _whole(each, answer, most=INTEGER_MAX)


def _date(each: Field, answer: object, today: date) -> str:
    try:
        if not isinstance(answer, str) or not DAY.fullmatch(answer):
            raise ValueError
        day = date.fromisoformat(answer)
    except ValueError:
        raise _wrong(
            each, _("A date between 1900 and 2199 is expected here."), remedy=_("Give for instance 2024-05-01.")
        ) from None
    _check_limits(
        each, day, _limit_day(each.min, today), _limit_day(each.max, today),
        below=_("No date before %(limit)s, please."), above=_("No date after %(limit)s, please."),
    )  # fmt: skip
    return answer


def _limit_day(limit: int | str | None, today: date) -> date | None:
    if limit is None:
        return None
    return today if limit == "today" else date.fromisoformat(str(limit))


def _phone(each: Field, answer: object, _today: date) -> str:
    number = unicodedata.normalize("NFKC", answer).strip() if isinstance(answer, str) else ""
    if not PHONE.fullmatch(number) or sum(character.isdigit() for character in number) < 3:
        raise _wrong(each, _("A telephone number is expected here."), remedy=_("Give for instance 0534-2612345."))
    return number


def _person_name(each: Field, answer: object, today: date) -> str:
    name = _text(Field(each.code, "text", each.label, max=NAME_MAX), answer, today)
    if IDENTITY_NUMBER.search(unicodedata.normalize("NFKC", name)):
        raise _wrong(each, _("Give the name alone, without any identity number."))
    return name


def _place(each: Field, answer: object, _today: date) -> str:
    if not isinstance(answer, str) or not re.fullmatch(r"[A-Za-z0-9_]{1,80}", answer):
        raise _wrong(each, _("There is no such place."), remedy=_("Choose one from the list."))
    return answer


def _photo(each: Field, answer: object, _today: date) -> list[str]:
    most = int(each.max) if each.max is not None else PHOTOS_MAX
    try:
        if not isinstance(answer, list | tuple):
            raise ValueError
        photos = [str(UUID(member)) for member in answer]
    except (ValueError, AttributeError, TypeError):
        raise _wrong(each, _("Photos that have been sent before are expected here.")) from None
    if len(set(photos)) != len(photos):
        raise _wrong(each, _("The same photo is given twice."))
    _check_limits(
        each, len(photos), each.min or 0, most, below=_("At least %(limit)s photos, please."),
        above=_("At most %(limit)s photos, please."),
    )  # fmt: skip
    return photos


def _yes_no(each: Field, answer: object, _today: date) -> bool:
    if not isinstance(answer, bool):
        raise _wrong(each, _("Yes or no is expected here."))
    return answer


def _check_limits(
    each: Field,
    value: Any,
    least: Any,
    most: Any,
    *,
    below: str = _("At least %(limit)s, please."),
    above: str = _("At most %(limit)s, please."),
) -> None:
    if least is not None and value < least:
        raise _wrong(each, below, limit=str(least))
    if most is not None and value > most:
        raise _wrong(each, above, limit=str(most))


_CHECKS: dict[str, Callable[[Field, object, date], Any]] = {
    "text": _text,
    "long_text": _text,
    "choice": _choice,
    "choices": _choices,
    "number": _number,
    "date": _date,
    "phone": _phone,
    "person_name": _person_name,
    "place": _place,
    "photo": _photo,
    "money": _money,
    "yes_no": _yes_no,
}
