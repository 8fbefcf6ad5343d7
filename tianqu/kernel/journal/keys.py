"""Private keys of a log or a witness: from the environment, or made once and kept with mode 0600."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkstemp

from tianqu.kernel.journal.notes import ED25519, SigningKey


def kept_key(path: Path, *, name: str, kind: int = ED25519, environment: str = "") -> SigningKey:
    """The key in the variable ``environment``, or the one at ``path``, made with ``name`` at the first call.

    The key that is there keeps the name it was made with: a name is part of what others trust.
    """
    given = os.environ.get(environment, "") if environment else ""
    if given:
        return SigningKey.parse(given)
    if not path.exists():
        _keep_new(path, SigningKey.generate(name, kind=kind))
    return SigningKey.parse(path.read_text())


def _keep_new(path: Path, key: SigningKey) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, aside = mkstemp(dir=path.parent, prefix=".")  # readable and writable by its owner alone
    with os.fdopen(descriptor, "w") as file:
        file.write(key.encode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)  # the first process wins; nobody reads half a key
    except FileExistsError:
        pass
    finally:
        os.unlink(aside)
