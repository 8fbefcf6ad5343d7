"""Which PostgreSQL this installation talks to: ``TIANQU_DATABASE_URL``, or the embedded one.

It is talked to by two roles. The application (pages, jobs, sequencer, loading) owns nothing and may do what the laws of
each table let it do; the owner of the tables migrates. docs/decisions/0024-two-roles.md says why.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tianqu.base.errors import InvalidInput, _

OWNER_ROLE = "tianqu"  # of the embedded server: owns the database and what is in it
APPLICATION_ROLE = "tianqu_app"  # of the embedded server: owns nothing
PREPARED_AFTER = 3  # how often a connection sends a statement before the server is asked to keep its plan
SOCKET_PATH_BYTES_MAX = 100  # the smallest limit among the systems is 104 (sockaddr_un of macOS; 108 on Linux)


def var_folder() -> Path:
    """Return the folder of everything that an installation keeps: ``TIANQU_VAR``, else the checkout's ``var``."""
    checkout = Path(__file__).resolve().parents[2]
    if "TIANQU_VAR" in os.environ:
        return Path(os.environ["TIANQU_VAR"]).resolve()
    if (checkout / "pyproject.toml").exists():
        return checkout / "var"
    return Path.cwd() / "var"  # installed from the wheel: where the command is run


def socket_folder(var: Path) -> Path:
    """Return the folder of the embedded server's socket: ``var/run``, or a short one if that is too long to reach."""
    folder = var / "run"
    reachable = not (var / "postgres").is_symlink()  # else the data stands where the server's account can reach it
    if reachable and len(os.fsencode(folder / ".s.PGSQL.5432.lock")) <= SOCKET_PATH_BYTES_MAX:
        return folder
    return Path("/tmp") / f"tianqu-{sha256(os.fsencode(var)).hexdigest()[:16]}"  # noqa: S108


def database_settings(var: Path) -> dict[str, Any]:
    """Return Django's settings for the database: those of the application, and under ``OWNER`` what the owner has else.

    ``OWNER`` is empty where one role is both. Raises ``InvalidInput`` for an owner of another database.
    """
    url = os.environ.get("TIANQU_DATABASE_URL", "")
    if not url:
        folder = str(socket_folder(var))
        embedded = _settings(host=folder, port="", name="tianqu", user=APPLICATION_ROLE, password="")
        return embedded | {"OWNER": {"USER": OWNER_ROLE}}
    application = _settings_of(url)
    owner_url = os.environ.get("TIANQU_DATABASE_OWNER_URL", "")
    return application | {"OWNER": _owner_of(application, _settings_of(owner_url)) if owner_url else {}}


def _owner_of(application: dict[str, Any], owner: dict[str, Any]) -> dict[str, Any]:
    place = ("HOST", "PORT", "NAME")
    if any(owner[part] != application[part] for part in place) or not (owner["USER"] and application["USER"]):
        raise InvalidInput(
            _("TIANQU_DATABASE_OWNER_URL and TIANQU_DATABASE_URL do not name two roles of one database."),
            field="TIANQU_DATABASE_OWNER_URL",
            remedy=_("Name the same host, port and database in both, and a role in each."),
        )
    if owner["USER"] == application["USER"]:
        return {}
    return {name: owner[name] for name in ("USER", "PASSWORD", "OPTIONS")}


def _settings_of(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return _settings(
        host=query.get("host", unquote(parts.hostname or "")),
        port=str(parts.port or query.get("port", "")),
        name=unquote(parts.path.lstrip("/")) or "tianqu",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        options={name: value for name, value in query.items() if name not in ("host", "port")},
    )


def _settings(
    *, host: str, port: str, name: str, user: str, password: str, options: dict[str, str] | None = None
) -> dict[str, Any]:
    return {
        "ENGINE": "tianqu.project.postgresql",
        "HOST": host,
        "PORT": port,
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Django turns prepared statements off unless it is told otherwise; here planning would cost more than running.
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": PREPARED_AFTER, **(options or {})},
    }
