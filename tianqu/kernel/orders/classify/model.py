"""A trained model: what it guesses, how sure it is, when it leaves it to a human, and which words spoke for it.

It is an array file and a JSON file, never a pickle: nothing in them is run. It needs numpy alone, so that the process
of an operator's page can load it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.orders.classify.features import normalised, occurrences

FORMAT = 1
RUNNERS_UP = 3
WORDS_NAMED = 4

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores become probabilities, and from which on the model decides.

    Probabilities are softmax(``temperature`` × scores); the confidence of the best of them is
    sigmoid(``slope`` × logit + ``offset``). At or above ``threshold`` the model decides; ``threshold`` is above 1 when
    no level reached the wanted ``precision``.
    """

    temperature: float
    slope: float
    offset: float
    threshold: float
    precision: float

    def probabilities(self, scores: Floats) -> Floats:
        """Return the probability of each class (columns) of each text (rows)."""
        powers = np.exp(self.temperature * (scores - scores.max(axis=1, keepdims=True)))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def confidences(self, best: Floats) -> Floats:
        """Return how likely the best class is right, by its probability."""
        bounded = np.clip(best, 1e-9, 1 - 1e-9)
        return np.asarray(1 / (1 + np.exp(-(self.slope * np.log(bounded / (1 - bounded)) + self.offset))))


@dataclass(frozen=True, slots=True)
class Guess:
    """What a text is about. ``decides`` is false where a human must say; ``words`` spoke most for ``label``."""

    label: str
    confidence: float
    decides: bool
    runners_up: tuple[tuple[str, float], ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextModel:
    """Weights of hashed features (rows: kept buckets in order; columns: labels), with their calibration."""

    labels: tuple[str, ...]
    buckets: npt.NDArray[np.int64]
    idf: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float16]
    intercepts: Floats
    calibration: Calibration
    facts: dict[str, Any]  # version, seed, rows, the training report

    def guesses(self, texts: Sequence[str]) -> list[Guess]:
        """Return what each text is about."""
        return [self._guess(normalised(text)) for text in texts]

    def _guess(self, text: str) -> Guess:
        found = occurrences([text])
        places = np.searchsorted(self.buckets, found.buckets)
        known = np.flatnonzero(self.buckets[np.minimum(places, len(self.buckets) - 1)] == found.buckets)
        columns, first, counts = np.unique(places[known], return_index=True, return_counts=True)
        values = (1 + np.log(counts)) * self.idf[columns]
        values = values / (np.sqrt(np.sum(values**2)) or 1.0)
        rows = self.weights[columns].astype(np.float64)
        scores = (values @ rows + self.intercepts)[None, :]
        chances = self.calibration.probabilities(scores)[0]
        order = np.argsort(-chances, kind="stable")[: RUNNERS_UP + 1]
        best = int(order[0])
        confidence = float(self.calibration.confidences(chances[best : best + 1])[0])
        if not len(columns):  # nothing in the text was ever seen
            confidence = 0.0
        where = known[first]
        spans = list(zip(found.starts[where].tolist(), found.ends[where].tolist(), strict=True))
        return Guess(
            label=self.labels[best], confidence=confidence, decides=confidence >= self.calibration.threshold,
            runners_up=tuple((self.labels[index], float(chances[index])) for index in order[1:]),
            words=_telling(found.joined, spans, values * rows[:, best]),
        )  # fmt: skip

    def save(self, folder: Path, *, name: str) -> Path:
        """Write the model and make it the current one of ``name`` in ``folder``. Returns its description's path."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = folder / f".{name}.npz"
        with arrays.open("wb") as stream:
            np.savez(stream, buckets=self.buckets, idf=self.idf, weights=self.weights, intercepts=self.intercepts)
        digest = hashlib.sha256(arrays.read_bytes()).hexdigest()
        stem = f"{name}-{self.facts['trained_at'].replace(':', '').replace('-', '')[:15]}-{digest[:12]}"
        arrays.replace(folder / f"{stem}.npz")
        described = {
            "format": FORMAT, "version": stem, "sha256": digest, "labels": self.labels, "facts": self.facts,
            "calibration": {field: getattr(self.calibration, field) for field in Calibration.__slots__},
        }  # fmt: skip
        path = folder / f"{stem}.json"
        _write_whole(path, json.dumps(described, ensure_ascii=False, indent=1))
        _write_whole(folder / f"{name}.json", json.dumps({"current": stem}))
        return path


def load_model(folder: Path, *, name: str) -> TextModel:
    """Read the current model of ``name``.

    Raises ``NotFound`` if none was trained and ``Conflict`` if its array file is not the one it was saved with.
    """
    pointer = folder / f"{name}.json"
    if not pointer.exists():
        raise NotFound(
            _("No text model was trained yet."),
            remedy=_("Train one: tianqu classify train FILE.csv, or from closed orders."),
        )
    stem = json.loads(pointer.read_text())["current"]
    described = json.loads((folder / f"{stem}.json").read_text())
    content = (folder / f"{stem}.npz").read_bytes()
    if described["format"] != FORMAT or hashlib.sha256(content).hexdigest() != described["sha256"]:
        raise Conflict(
            _("The text model %(version)s is damaged or of another format."), remedy=_("Train it again."), version=stem
        )
    with np.load(folder / f"{stem}.npz", allow_pickle=False) as arrays:
        parts = {part: arrays[part] for part in ("buckets", "idf", "weights", "intercepts")}
    return TextModel(
        labels=tuple(described["labels"]), calibration=Calibration(**described["calibration"]),
        facts=described["facts"] | {"version": stem}, **parts,
    )  # fmt: skip


def _telling(joined: str, spans: list[tuple[int, int]], contributions: Floats) -> tuple[str, ...]:
    """Return the stretches of text that spoke most for the guess, none inside another."""
    chosen: list[str] = []
    for index in np.argsort(-contributions, kind="stable")[:40]:
        if contributions[index] <= 0 or len(chosen) == WORDS_NAMED:
            break
        words = joined[spans[index][0] : spans[index][1]].strip()
        if words and not any(words in other or other in words for other in chosen):
            chosen.append(words)
    return tuple(chosen)


def _write_whole(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def require_precision(precision: float) -> None:
    """Raise ``InvalidInput`` unless ``precision`` lies above a half and below 1."""
    if not 0.5 < precision < 1:
        raise InvalidInput(
            _("The precision %(value)s is out of range."), field="precision", value=str(precision),
            remedy=_("Give a share between 0.5 and 1, such as 0.95."),
        )  # fmt: skip
