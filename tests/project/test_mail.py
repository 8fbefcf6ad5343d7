"""Mail leaves by the way that ``TIANQU_MAIL`` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tianqu.project.mail import mail_settings

VAR = Path("/var/lib/tianqu")


def test_mail_goes_into_files_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIANQU_MAIL", raising=False)
    assert mail_settings(VAR)["EMAIL_FILE_PATH"] == "/var/lib/tianqu/mail"


def test_an_smtp_url_names_server_user_and_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANQU_MAIL", "smtp://clerk:p%40ss@mail.example.org?tls=1&from=hotline@example.org")
    made = mail_settings(VAR)
    assert (made["EMAIL_HOST"], made["EMAIL_PORT"], made["EMAIL_HOST_PASSWORD"]) == ("mail.example.org", 587, "p@ss")
    assert made["EMAIL_USE_TLS"]
    assert made["DEFAULT_FROM_EMAIL"] == "hotline@example.org"


def test_anything_else_stops_the_start_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANQU_MAIL", "pigeon")
    with pytest.raises(AssertionError, match="TIANQU_MAIL"):
        mail_settings(VAR)
