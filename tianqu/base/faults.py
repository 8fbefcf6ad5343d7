"""Errors as problem details (RFC 9457), for doors that have no words of their own for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tianqu.base.errors import InvalidInputs, TianquError, _

MEDIA_TYPE: Final = "application/problem+json"
_AGAIN_SECONDS: Final = {429: "60", 503: "2"}


class Unavailable(TianquError):
    """What is asked cannot be reached just now, such as the database while it starts again."""

    code = "unavailable"
    status = 503

    def __init__(self) -> None:
        super().__init__(_("Not available just now. Try again in a few seconds."))


def problem_of(error: TianquError, said: Callable[[TianquError], str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The body and the headers of an answer that tells of an error, in the words of ``said``."""
    errors: list[TianquError] = list(error.errors) if isinstance(error, InvalidInputs) else [error]
    sentences = [said(one) for one in errors]
    body = {
        "type": "about:blank", "title": sentences[0], "status": error.status, "code": error.code,
        "detail": " ".join(sentences), "field": errors[0].field,
    }  # fmt: skip
    headers = {"Retry-After": _AGAIN_SECONDS[error.status]} if error.status in _AGAIN_SECONDS else {}
    return body, headers
