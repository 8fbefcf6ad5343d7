"""A process that works on datasets and is killed by kill -9 at a named point of its work.

    python -m tests.kernel.datasets.dying POINT DEED ARGUMENT…

``writing``: a part is half written; ``named``: it has its name in the store; ``publishing``: within the act, before it
is committed; ``published``: just after; ``sending``: the first piece of an export is on its way.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

POINTS = ("writing", "named", "publishing", "published")


def killed(point: str, deed: str, *arguments: object) -> None:
    """Run a deed in a process of its own on the test's database and store, and see it killed at the point."""
    from tests.kernel.journal.logs import own_environment  # of models, which the process itself cannot read at first

    done = subprocess.run(
        [sys.executable, "-m", "tests.kernel.datasets.dying", point, deed, *map(str, arguments)],
        env=own_environment() | {"TIANQU_DATASETS_URL": settings.TIANQU_DATASETS_URL}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr


def die(*_arguments: Any, **_named: Any) -> Any:
    """What no process can refuse."""
    os.kill(os.getpid(), signal.SIGKILL)


def _half(copy: Callable[..., int], *arguments: Any, path: str) -> int:
    copy(*arguments, path=path)
    os.truncate(path, os.path.getsize(path) // 2)
    die()
    return 0


def _then_die(done: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    done(*arguments, **named)
    die()


def _arm(point: str) -> None:
    from tianqu.kernel.datasets import loading, materialising, parts, publishing, storage, uploads

    places: dict[str, list[tuple[Any, str, Callable[..., Any]]]] = {
        "writing": [(parts, "_copy", partial(_half, parts._copy))],
        "named": [(storage, "keep", partial(_then_die, storage.keep))],
        "publishing": [(publishing, "as_recorded", die)],
        "published": [
            (materialising, "publish_version", partial(_then_die, materialising.publish_version)),
            (loading, "publish_version", partial(_then_die, loading.publish_version)),
            (uploads, "publish_upload", partial(_then_die, uploads.publish_upload)),
        ],
        "sending": [],
    }
    for module, name, instead in places[point]:
        setattr(module, name, instead)


def _materialise(number: str) -> None:
    from tests.kernel.datasets.happening import declaration_of
    from tianqu.kernel.datasets import api

    declaration = declaration_of(int(number))
    api.register_dataset(declaration)
    api.materialise(declaration.code)


def _load(code: str, path: str) -> None:
    from tests.kernel.datasets.office import COLUMNS
    from tianqu.kernel.datasets import api
    from tianqu.kernel.journal.api import SYSTEM

    dataset = api.dataset_called(SYSTEM, code)
    api.load_version(SYSTEM, dataset_id=dataset.id, path=Path(path), schema=api.Schema(COLUMNS))


def _read(upload_id: str) -> None:
    from tianqu.kernel.datasets import api

    api.run_upload(UUID(upload_id))


def _publish(upload_id: str) -> None:
    from tianqu.kernel.datasets import uploads
    from tianqu.kernel.journal.api import SYSTEM, set_scope

    set_scope(SYSTEM.scope)
    uploads.publish_upload(SYSTEM, upload_id=UUID(upload_id))


def _export(code: str, form: str) -> None:
    from tianqu.kernel.datasets import api
    from tianqu.kernel.journal.api import SYSTEM

    opened = api.open_version(SYSTEM, api.dataset_called(SYSTEM, code))
    for _piece in api.export_rows(opened, api.Question(sort="county"), form).chunks:
        die()


def main(point: str, deed: str, *arguments: str) -> None:
    """Do the deed with death at the point."""
    from tianqu.project.starting import start_django

    start_django()
    _arm(point)
    {"materialise": _materialise, "load": _load, "read": _read, "publish": _publish, "export": _export}[deed](
        *arguments
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
