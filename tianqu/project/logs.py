"""Log lines: one JSON object a line on stderr, without personal data.

A request is named by its route, not by its address, which may hold a receipt's code. An exception is named by its type
and the places it passed, not by its message, which may hold what somebody typed or a row of the database.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from tianqu.base.errors import TianquError

FRAMES_MAX = 12  # the innermost ones


class PrivateFormatter(logging.Formatter):
    """Writes a record as JSON: time (UTC), level, logger, what happened, and where an exception came from."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        request = getattr(record, "request", None)
        if request is None:
            line["message"] = record.getMessage()
        else:
            match = getattr(request, "resolver_match", None)
            line["message"] = "request"
            line["method"] = getattr(request, "method", None)
            line["route"] = match.route if match else None
            line["status"] = getattr(record, "status_code", None)
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = describe_exception(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def describe_exception(error: BaseException) -> dict[str, Any]:
    """Return an exception's type, the sentence of ours that it carries, and the innermost places it passed."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    described: dict[str, Any] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, TianquError):
        described["sentence"] = error.message  # the sentence with its placeholders, not what fills them
    primary = getattr(getattr(error.__cause__ or error, "diag", None), "message_primary", None)
    if primary:
        described["database"] = primary  # PostgreSQL puts values into the detail, not here
    return described


def logging_settings(*, level: str) -> dict[str, Any]:
    """Return Django's ``LOGGING``."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"private": {"()": "tianqu.project.logs.PrivateFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "private"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"level": "ERROR"},  # a page that is not there is no news
            "django.server": {"handlers": [], "level": level, "propagate": True},
            "procrastinate": {"level": "ERROR"},  # its lower levels name the arguments of jobs
            "httpx": {"level": "WARNING"},  # below that it names addresses, which may hold a receipt's code or a key
        },
    }
