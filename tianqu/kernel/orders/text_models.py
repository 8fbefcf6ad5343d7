"""The trained text models as this process last read them; their files are looked after every five seconds."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Final

from django.conf import settings

from tianqu.base.errors import Conflict, NotFound
from tianqu.kernel.orders.classify.model import TextModel, load_model

logger = logging.getLogger("tianqu.orders")

LOOKED_EVERY_SECONDS: Final = 5.0


def models_folder() -> Path:
    """Return where trained models are kept."""
    return Path(settings.VAR) / "models"


class KeptModel:
    """One model by its name: ``dispatch`` tells kinds of unit apart, ``items`` tells items apart."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.forget()

    def forget(self) -> None:
        """Read it again before it is next used."""
        self.looked_at = 0.0
        self.written: object = None
        self.model: TextModel | None = None

    def current(self) -> TextModel | None:
        """Return the current model, or None where none was trained or its files are damaged."""
        if time.monotonic() - self.looked_at > LOOKED_EVERY_SECONDS:
            pointer = models_folder() / f"{self.name}.json"
            written = pointer.stat().st_mtime_ns if pointer.exists() else None
            if written != self.written:
                self.model = self._loaded() if written is not None else None
                self.written = written
            self.looked_at = time.monotonic()
        return self.model

    def _loaded(self) -> TextModel | None:
        """Load it; one that is damaged is said in the log, and rules and humans go on without it."""
        try:
            return load_model(models_folder(), name=self.name)
        except (Conflict, NotFound, OSError, ValueError, KeyError, TypeError) as error:
            logger.error("the text model %s cannot be used: %s", self.name, error)
            return None
