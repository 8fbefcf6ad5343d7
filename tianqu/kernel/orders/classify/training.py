"""Training: weights by a linear support-vector machine, calibration by cross-validation with duplicates kept together.

Run in the worker or from the command line: it imports scikit-learn, which a web process never does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize, minimize_scalar
from sklearn.linear_model import SGDClassifier
from sklearn.svm import LinearSVC

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.orders.classify.features import BUCKETS_LOG2, Integers, batches, occurrences
from tianqu.kernel.orders.classify.measures import Folded, Report, measured
from tianqu.kernel.orders.classify.model import Calibration, Floats, TextModel, require_precision
from tianqu.kernel.orders.classify.samples import Samples

PRECISION = 0.95  # wanted where the model decides by itself
SEED = 20_260_101
PENALTY = 2.0  # C of the support-vector machine; 1 to 10 differ by less than a point on the three public sets
TOLERANCE = 0.01  # 1e-4 gave the same figures to four decimals, and took half as long again
DESCENT_COST_MAX = 4e9  # entries × labels; beyond it each text is learnt by its strongest features alone
DESCENT_STEPS = 1_000_000  # texts looked at in all, over 5 to 20 rounds
DESCENT_UPDATES = 5e9  # entries × labels × rounds: about a minute on an idle core
CALIBRATED_MAX = 40_000  # texts that a calibration is fitted to: three numbers need no more
CLASS_WEIGHTS = (0.3, 10.0)  # rare labels count more, within these bounds
ENTRIES_MAX = 25_000_000  # of the matrix of features: about 0.8 GB with the solver's own copy
WEIGHTS_MAX = 20_000_000  # features × labels: 160 MB, three times while averaging, and 40 MB saved
FEATURES_MAX = 400_000
DUAL_COST_MAX = 2e8  # entries × labels; beyond it stochastic gradient descent takes less time
FOLDS_BY_COST = ((3e8, 5), (1.2e9, 3))  # entries × labels up to which so many folds are tried; beyond, one of four
TEXTS_MIN = 2  # different texts that a label needs to be learnt at all
TEXTS_FEW = 10

Matrix: TypeAlias = Any  # scipy.sparse.csr_matrix, which comes without types
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Samples ready to be learnt: counts of features (rows: texts; columns: ``buckets``), label and fold numbers."""

    counts: Matrix
    buckets: Integers
    labels: tuple[str, ...]
    truth: Integers
    folds: Integers
    tried: int  # how many of the folds are tried


def trained(
    samples: Samples, *, precision: float = PRECISION, seed: int = SEED, progress: Progress = lambda step, share: None
) -> tuple[TextModel, Report]:
    """Train on all samples, and measure by cross-validation what the model will do. The same seed gives the same model.

    Raises ``InvalidInput`` if fewer than two labels have two different texts each.
    """
    began = time.monotonic()
    prepared, folded, report = _cross_validated(samples, precision=precision, seed=seed, progress=progress)
    progress("training", 0.9)
    vectors = _Vectors.of(prepared.counts, label_count=len(prepared.labels))
    solver = _solved(vectors.applied(prepared.counts), prepared.truth, label_count=len(prepared.labels), seed=seed)
    calibration = calibrated(folded.scores, folded.truth, precision=precision)
    weights, intercepts = _oriented(solver, label_count=len(prepared.labels))
    facts: dict[str, Any] = {
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"), "seed": seed, "rows": len(samples.texts),
        "features": len(vectors.columns), "seconds": round(time.monotonic() - began, 1), "report": report.plain(),
    }  # fmt: skip
    model = TextModel(
        labels=prepared.labels, buckets=prepared.buckets[vectors.columns], idf=vectors.idf.astype(np.float32),
        weights=weights.T.astype(np.float16), intercepts=intercepts, calibration=calibration, facts=facts,
    )  # fmt: skip
    return model, report


def evaluated(
    samples: Samples, *, precision: float = PRECISION, seed: int = SEED, progress: Progress = lambda step, share: None
) -> Report:
    """Measure by cross-validation how well texts of this kind can be told apart. Raises as ``trained`` does."""
    return _cross_validated(samples, precision=precision, seed=seed, progress=progress)[2]


def _cross_validated(
    samples: Samples, *, precision: float, seed: int, progress: Progress
) -> tuple[Prepared, Folded, Report]:
    require_precision(precision)
    began = time.monotonic()
    different = samples.texts_by_label()
    alone = {label for label, count in different.items() if count < TEXTS_MIN}
    kept = samples.without(alone) if alone else samples
    if len(different) - len(alone) < 2:
        raise InvalidInput(
            _("At least two labels with two different texts each are needed."), field="file",
            remedy=_("Give more rows, or check that the column of labels is the right one."),
        )  # fmt: skip
    prepared = _prepared(kept, seed=seed)
    parts = []
    for number in range(prepared.tried):
        progress("folds", 0.1 + 0.8 * number / (prepared.tried + 1))
        parts.append(_fold(prepared, number, seed=seed))
    rows = np.concatenate([part[0] for part in parts])
    scores = np.concatenate([part[1] for part in parts])
    folded = Folded(labels=prepared.labels, truth=prepared.truth[rows], scores=scores, folds=prepared.folds[rows])
    report = measured(
        folded, calibrate=lambda held, truth: calibrated(held, truth, precision=precision), precision=precision,
        samples=kept, left_out=sorted(alone),
        few=sorted(label for label, count in different.items() if TEXTS_MIN <= count < TEXTS_FEW),
        folds=(prepared.tried, int(prepared.folds.max()) + 1), seconds=time.monotonic() - began, seed=seed,
    )  # fmt: skip
    return prepared, folded, report


def _prepared(samples: Samples, *, seed: int) -> Prepared:
    labels = tuple(sorted(set(samples.labels)))
    numbers = {label: number for number, label in enumerate(labels)}
    truth = np.array([numbers[label] for label in samples.labels], dtype=np.int64)
    counts, buckets = counted(samples.texts)
    cost = counts.nnz * len(labels)
    count = next((folds for limit, folds in FOLDS_BY_COST if cost <= limit), 0)
    folds = fold_numbers(truth, np.array(samples.groups), count=count or 4, seed=seed)
    return Prepared(counts=counts, buckets=buckets, labels=labels, truth=truth, folds=folds, tried=count or 1)


def fold_numbers(truth: Integers, groups: Integers, *, count: int, seed: int) -> Integers:
    """Deal the groups of each label out to ``count`` folds, in an order drawn from ``seed``; a group stays together.

    A group counts for the label of its first row.
    """
    names, first, members = np.unique(groups, return_index=True, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(truth[first][order], kind="stable")]
    dealt = np.empty(len(names), np.int64)
    dealt[order] = np.arange(len(names)) % count  # running on from label to label keeps the folds even
    return np.asarray(dealt[members])


def counted(texts: list[str]) -> tuple[Matrix, Integers]:
    """Return how often each text (row) holds each feature (column), and the bucket of each column, ascending.

    Where all texts together would give more than 25 million entries, each is cut at the length that would not.
    """
    limit = _characters_max(texts)
    parts: list[Matrix] = []
    for start, end in batches([min(len(text), limit) for text in texts]):
        found = occurrences([text[:limit] for text in texts[start:end]])
        keys, times = np.unique((found.rows << BUCKETS_LOG2) | found.buckets, return_counts=True)
        pointers = np.searchsorted(keys >> BUCKETS_LOG2, np.arange(end - start + 1))
        columns = (keys & ((1 << BUCKETS_LOG2) - 1)).astype(np.int32)
        shape = (end - start, 1 << BUCKETS_LOG2)
        parts.append(sparse.csr_matrix((times.astype(np.float32), columns, pointers.astype(np.int32)), shape=shape))
    used = np.zeros(1 << BUCKETS_LOG2, bool)
    for part in parts:
        used[part.indices] = True
    buckets = np.flatnonzero(used).astype(np.int64)
    places = np.zeros(1 << BUCKETS_LOG2, np.int32)
    places[buckets] = np.arange(len(buckets), dtype=np.int32)
    for part in parts:
        part.indices = places[part.indices]
        part.resize(part.shape[0], len(buckets))
    return sparse.vstack(parts, format="csr"), buckets


def _characters_max(texts: list[str]) -> int:
    """Find the length at which to cut texts, by the features of a thousand of them."""
    sample = texts[:: max(1, len(texts) // 1_000)]
    lengths = np.array([len(text) for text in texts])
    found = occurrences(sample)
    distinct = len(np.unique((found.rows << BUCKETS_LOG2) | found.buckets))
    by_character = distinct / max(1, sum(len(text) for text in sample))
    limit = int(lengths.max())
    while limit > 20 and np.minimum(lengths, limit).sum() * by_character > ENTRIES_MAX:
        limit = int(limit * 0.9)
    return limit


@dataclass(frozen=True, slots=True)
class _Vectors:
    """Which features are kept, and how much each counts: tf-idf with the logarithm of counts, to length 1."""

    columns: Integers
    idf: Floats

    @classmethod
    def of(cls, counts: Matrix, *, label_count: int) -> _Vectors:
        """Choose the features of some texts: all of them, or the most frequent where there are too many."""
        frequency = np.bincount(counts.indices, minlength=counts.shape[1])
        columns = np.flatnonzero(frequency)
        limit = min(FEATURES_MAX, WEIGHTS_MAX // label_count)
        if len(columns) > limit:
            order = np.argsort(-frequency[columns], kind="stable")[:limit]
            columns = np.sort(columns[order])
        idf = np.log((1 + counts.shape[0]) / (1 + frequency[columns])) + 1
        return cls(columns=columns.astype(np.int64), idf=idf)

    def applied(self, counts: Matrix) -> Matrix:
        """Return the vectors of some texts."""
        places = np.full(counts.shape[1], -1, np.int32)
        places[self.columns] = np.arange(len(self.columns), dtype=np.int32)
        columns = places[counts.indices]
        kept = columns >= 0
        columns = columns[kept]
        values = (1 + np.log(counts.data[kept])) * self.idf[columns]
        pointers = np.concatenate([[0], np.cumsum(kept)])[counts.indptr]
        lengths = np.diff(pointers)
        rows_of = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        norms = np.sqrt(np.bincount(rows_of, weights=values**2, minlength=len(lengths)))
        values /= np.maximum(norms, 1e-12)[rows_of]
        shape = (len(lengths), len(self.columns))
        return sparse.csr_matrix((values, columns, pointers.astype(np.int32)), shape=shape)


def _fold(prepared: Prepared, number: int, *, seed: int) -> tuple[Integers, Floats]:
    """Train without one fold and score it. Labels that only this fold holds get the lowest score everywhere."""
    held = np.flatnonzero(prepared.folds == number)
    rest = np.flatnonzero(prepared.folds != number)
    label_count = len(prepared.labels)
    seen = prepared.counts[rest]
    vectors = _Vectors.of(seen, label_count=label_count)
    present, truth = np.unique(prepared.truth[rest], return_inverse=True)
    solver = _solved(vectors.applied(seen), truth, label_count=len(present), seed=seed)
    weights, intercepts = _oriented(solver, label_count=len(present))
    scores = np.full((len(held), label_count), -5.0)
    for start in range(0, len(held), 10_000):
        some = slice(start, start + 10_000)
        scores[some, present] = vectors.applied(prepared.counts[held[some]]) @ weights.T + intercepts
    return held, scores


def _solved(vectors: Matrix, truth: Integers, *, label_count: int, seed: int) -> Any:
    """Fit the weights: by dual coordinate descent, or by averaged gradient descent where that takes too long."""
    shares = len(truth) / (label_count * np.bincount(truth, minlength=label_count))
    class_weights = dict(enumerate(np.clip(shares, *CLASS_WEIGHTS).tolist()))
    if vectors.nnz * label_count <= DUAL_COST_MAX:
        solver: Any = LinearSVC(C=PENALTY, tol=TOLERANCE, class_weight=class_weights, random_state=seed, max_iter=2_000)
    else:
        vectors = _strongest(vectors, entries=int(DESCENT_COST_MAX / label_count))
        affordable = int(DESCENT_UPDATES // (vectors.nnz * label_count))
        rounds = max(5, min(DESCENT_STEPS // len(truth), affordable, 20))
        solver = SGDClassifier(
            loss="hinge", alpha=1 / (PENALTY * len(truth)), average=True, max_iter=rounds, tol=None, n_jobs=2,
            class_weight=class_weights, random_state=seed,
        )  # fmt: skip
    return solver.fit(vectors, truth)


def _strongest(vectors: Matrix, *, entries: int) -> Matrix:
    """Keep the entries of each text that weigh most, so that all texts together have about ``entries``."""
    if vectors.nnz <= entries:
        return vectors
    most = max(20, entries // vectors.shape[0])
    lengths = np.diff(vectors.indptr)
    rows = np.repeat(np.arange(vectors.shape[0], dtype=np.int32), lengths)
    order = np.lexsort((-vectors.data, rows))
    place_in_row = np.arange(vectors.nnz) - np.repeat(vectors.indptr[:-1], lengths)
    kept = np.sort(order[place_in_row < most])
    pointers = np.concatenate([[0], np.cumsum(np.minimum(lengths, most))])
    return sparse.csr_matrix((vectors.data[kept], vectors.indices[kept], pointers), shape=vectors.shape)


def _oriented(solver: Any, *, label_count: int) -> tuple[Floats, Floats]:
    """Return weights and intercepts with one row a label; two labels share one row in scikit-learn."""
    if label_count == 2:
        return np.vstack([-solver.coef_, solver.coef_]), np.concatenate([-solver.intercept_, solver.intercept_])
    return solver.coef_, solver.intercept_


def calibrated(scores: Floats, truth: Integers, *, precision: float) -> Calibration:
    """Fit temperature, confidence and threshold to scores of texts that the model had not seen.

    The threshold is the lowest confidence at or above which (wrong + 1) / (decided + 1) stays within
    1 − ``precision``: the finite-sample bound of conformal risk control (Angelopoulos et al., 2022).
    """
    step = -(-len(truth) // CALIBRATED_MAX)
    scores, truth = scores[::step], truth[::step]
    temperature = _temperature(scores, truth)
    plain = Calibration(temperature=temperature, slope=1.0, offset=0.0, threshold=0.0, precision=precision)
    chances = plain.probabilities(scores)
    guessed = chances.argmax(axis=1)
    right = guessed == truth
    best = np.clip(chances.max(axis=1), 1e-9, 1 - 1e-9)
    slope, offset = _confidence_line(np.log(best / (1 - best)), right)
    sure = Calibration(temperature=temperature, slope=slope, offset=offset, threshold=0.0, precision=precision)
    threshold = _threshold(sure.confidences(best), right, precision=precision)
    return Calibration(temperature=temperature, slope=slope, offset=offset, threshold=threshold, precision=precision)


def _temperature(scores: Floats, truth: Integers) -> float:
    rows = np.arange(len(truth))
    raised = scores - scores.max(axis=1, keepdims=True)

    def loss(logarithm: float) -> float:
        scaled = np.exp(logarithm) * raised
        return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - scaled[rows, truth]))

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 4.0), method="bounded").x))


def _confidence_line(logits: Floats, right: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Fit sigmoid(slope × logit + offset) to whether guesses were right (Platt scaling), slope at least 0.05."""
    count = len(right)
    target = np.where(right, (right.sum() + 1) / (right.sum() + 2), 1 / (count - right.sum() + 2))

    def loss(line: Floats) -> float:
        margin = line[0] * logits + line[1]
        return float(np.mean(np.logaddexp(0, margin) - target * margin))

    fitted = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.05, 20.0), (-10.0, 10.0)])
    return float(fitted.x[0]), float(fitted.x[1])


def _threshold(confidences: Floats, right: npt.NDArray[np.bool_], *, precision: float) -> float:
    order = np.argsort(-confidences, kind="stable")
    wrong = np.cumsum(~right[order])
    decided = np.arange(1, len(order) + 1)
    within = np.flatnonzero((wrong + 1) / (decided + 1) <= 1 - precision)
    return float(confidences[order[within[-1]]]) if len(within) else 2.0
