"""What cross-validation found: per class, over all, how honest the confidence is, and what is left to humans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tianqu.kernel.orders.classify.features import Integers
from tianqu.kernel.orders.classify.model import Calibration, Floats
from tianqu.kernel.orders.classify.samples import Samples

BINS = 10
AT_ONCE = 10_000  # rows of scores turned into probabilities, so that memory stays bounded
CONFUSIONS_MAX = 15


@dataclass(frozen=True, slots=True)
class Folded:
    """Scores of texts by models that had not seen them: one row a text, one column a label."""

    labels: tuple[str, ...]
    truth: Integers
    scores: Floats
    folds: Integers


@dataclass(frozen=True, slots=True)
class ClassMeasure:
    """One label: how many texts it has, what share of guesses of it were right, what share of it was found."""

    label: str
    support: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Guesses of one range of confidence: how sure they were on average, how often right."""

    lowest: float
    highest: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one label was taken for another, and which share of its texts that is."""

    truth: str
    guessed: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Abstention:
    """What the model would leave to a human to keep to a precision, and what it reached on texts it had not seen."""

    precision_wanted: float
    precision_reached: float | None
    share_abstained: float
    decided: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that ``evaluate`` prints. Shares are between 0 and 1."""

    rows: int
    labels: int
    duplicates: int
    contradictions: int
    folds_tried: int
    folds: int
    accuracy: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    weighted_f1: float
    ece: float
    classes: tuple[ClassMeasure, ...]
    bins: tuple[Bin, ...]
    confusions: tuple[Confusion, ...]
    abstention: Abstention
    left_out: tuple[str, ...]
    few: tuple[str, ...]
    bad_rows: int
    encoding: str
    seconds: float
    seed: int

    def plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


def measured(
    folded: Folded,
    *,
    calibrate: Callable[[Floats, Integers], Calibration],
    precision: float,
    samples: Samples,
    left_out: Sequence[str],
    few: Sequence[str],
    folds: tuple[int, int],
    seconds: float,
    seed: int,
) -> Report:
    """Measure. Each fold is judged with a calibration that was fitted to the other folds, never to itself."""
    guessed, confidences, decided = _judged(folded, calibrate)
    right = guessed == folded.truth
    classes = _by_class(folded.labels, folded.truth, guessed)
    bins = _binned(confidences, right)
    support = np.array([measure.support for measure in classes])
    f1 = np.array([measure.f1 for measure in classes])
    return Report(
        rows=len(samples.texts), labels=len(folded.labels), duplicates=len(samples.groups) - len(set(samples.groups)),
        contradictions=_contradictions(samples), folds_tried=folds[0], folds=folds[1], accuracy=float(right.mean()),
        macro_precision=float(np.mean([measure.precision for measure in classes])),
        macro_recall=float(np.mean([measure.recall for measure in classes])),
        macro_f1=float(f1.mean()), weighted_f1=float((f1 * support).sum() / support.sum()),
        ece=sum(each.count * abs(each.confidence - each.right) for each in bins) / len(right),
        classes=tuple(classes), bins=tuple(bins), confusions=tuple(_confusions(folded, guessed)),
        abstention=_abstention(right, decided, precision=precision), left_out=tuple(left_out), few=tuple(few),
        bad_rows=len(samples.bad), encoding=samples.encoding, seconds=round(seconds, 1), seed=seed,
    )  # fmt: skip


def _judged(
    folded: Folded, calibrate: Callable[[Floats, Integers], Calibration]
) -> tuple[Integers, Floats, np.ndarray[Any, np.dtype[np.bool_]]]:
    guessed = np.empty(len(folded.truth), np.int64)
    confidences = np.empty(len(folded.truth))
    decided = np.empty(len(folded.truth), bool)
    for judged, others in _halves(folded.folds):
        calibration = calibrate(folded.scores[others], folded.truth[others])
        for start in range(0, len(judged), AT_ONCE):
            some = judged[start : start + AT_ONCE]
            chances = calibration.probabilities(folded.scores[some])
            guessed[some] = chances.argmax(axis=1)
            confidences[some] = calibration.confidences(chances.max(axis=1))
        decided[judged] = confidences[judged] >= calibration.threshold
    return guessed, confidences, decided


def _halves(folds: Integers) -> list[tuple[Integers, Integers]]:
    """Return which rows are judged by which others; a single fold is cut in two, every other row."""
    names = np.unique(folds)
    keys = folds if len(names) > 1 else np.arange(len(folds)) % 2
    return [(np.flatnonzero(keys == name), np.flatnonzero(keys != name)) for name in np.unique(keys)]


def _by_class(labels: tuple[str, ...], truth: Integers, guessed: Integers) -> list[ClassMeasure]:
    support = np.bincount(truth, minlength=len(labels))
    claimed = np.bincount(guessed, minlength=len(labels))
    found = np.bincount(truth[truth == guessed], minlength=len(labels))
    measures = []
    for index, label in enumerate(labels):
        if not support[index]:  # none of its texts was in a fold that was tried
            continue
        precision = found[index] / claimed[index] if claimed[index] else 0.0
        recall = found[index] / support[index]
        f1 = 2 * precision * recall / (precision + recall) if found[index] else 0.0
        measures.append(ClassMeasure(label, int(support[index]), float(precision), float(recall), float(f1)))
    return measures


def _binned(confidences: Floats, right: np.ndarray[Any, np.dtype[np.bool_]]) -> list[Bin]:
    edges = np.minimum((confidences * BINS).astype(np.int64), BINS - 1)
    bins = []
    for index in range(BINS):
        members = edges == index
        if members.any():
            sure, hits = float(confidences[members].mean()), float(right[members].mean())
            bins.append(Bin(index / BINS, (index + 1) / BINS, int(members.sum()), sure, hits))
    return bins


def _confusions(folded: Folded, guessed: Integers) -> list[Confusion]:
    wrong = folded.truth != guessed
    pairs = Counter(zip(folded.truth[wrong].tolist(), guessed[wrong].tolist(), strict=True))
    support = np.bincount(folded.truth, minlength=len(folded.labels))
    worst = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:CONFUSIONS_MAX]
    return [
        Confusion(folded.labels[truth], folded.labels[taken], count, float(count / support[truth]))
        for (truth, taken), count in worst
    ]


def _abstention(
    right: np.ndarray[Any, np.dtype[np.bool_]], decided: np.ndarray[Any, np.dtype[np.bool_]], *, precision: float
) -> Abstention:
    count = int(decided.sum())
    return Abstention(
        precision_wanted=precision, precision_reached=float(right[decided].mean()) if count else None,
        share_abstained=float(1 - decided.mean()), decided=count,
    )  # fmt: skip


def _contradictions(samples: Samples) -> int:
    """Count the texts that appear under more than one label."""
    seen: dict[int, str] = {}
    torn = set()
    for group, label in zip(samples.groups, samples.labels, strict=True):
        if seen.setdefault(group, label) != label:
            torn.add(group)
    return len(torn)
