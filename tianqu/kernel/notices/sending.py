"""One notice out of the door: as mail by Django's back end, or to a service by Apprise."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from smtplib import SMTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext, override

from tianqu.kernel.notices.models import Channel
from tianqu.kernel.notices.templates import Words


class SendingFailed(Exception):
    """It did not go; the text is the kind of failure alone, since addresses must not reach a log."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent where. ``identifier`` stays the same when it is sent again; ``stop`` ends such mails."""

    channel: str
    address: str
    identifier: str
    words: Words
    language: str
    stop: str = ""


def send(letter: Letter) -> None:
    """Send one letter. Raises ``SendingFailed``."""
    if letter.channel == Channel.MAIL:
        _send_mail(letter)
    else:
        _send_by_apprise(letter)


def _send_mail(letter: Letter) -> None:
    host = urlsplit(settings.TIANQU_ORIGIN).hostname or "localhost"
    headers = {"Message-ID": f"<{letter.identifier}@{host}>", "Auto-Submitted": "auto-generated"}
    if letter.stop:  # RFC 8058: a mail program ends them by one POST, without opening a page
        headers |= {"List-Unsubscribe": f"<{letter.stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    message = EmailMessage(subject=letter.words.title, body=_body(letter), to=[letter.address], headers=headers)
    try:
        sent = message.send()
    except (OSError, SMTPException, ValueError) as error:
        raise SendingFailed(type(error).__name__) from None
    if not sent:
        raise SendingFailed("NotTaken")


def _send_by_apprise(letter: Letter) -> None:
    from apprise import Apprise  # heavy, and needed by the worker alone

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it writes addresses into its log
    post = Apprise()
    if not post.add(letter.address):
        raise SendingFailed("BadAddress")
    if not post.notify(title=letter.words.title, body=_body(letter)):
        raise SendingFailed("NotTaken")


def _body(letter: Letter) -> str:
    parts = [letter.words.body]
    if letter.words.link:
        parts.append(settings.TIANQU_ORIGIN.rstrip("/") + letter.words.link)
    if settings.TIANQU_DEMO:
        with override(letter.language or settings.LANGUAGE_CODE):
            parts.append(gettext("This is a demonstration: persons and requests are invented."))
    return "\n\n".join(parts) + "\n"
