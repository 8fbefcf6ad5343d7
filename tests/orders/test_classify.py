"""The text model: honest about what it does not know, the same from the same seed, and deaf to broken files."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tianqu.base.errors import Conflict, InvalidInput, NotFound, TianquError
from tianqu.kernel.orders.classify import samples as reading
from tianqu.kernel.orders.classify import training
from tianqu.kernel.orders.classify.features import kinship, normalised, occurrences
from tianqu.kernel.orders.classify.measures import Report
from tianqu.kernel.orders.classify.model import TextModel, load_model
from tianqu.kernel.orders.classify.samples import Samples, samples_in
from tianqu.kernel.orders.classify.training import calibrated, evaluated, fold_numbers, trained
from tianqu.project.cli import app

SUBJECTS = {
    "路灯照明": ("路灯不亮", "夜里没有路灯", "路灯坏了半个月", "路灯忽明忽暗"),
    "供水": ("自来水停水", "水管漏水", "水压太低", "水质发黄"),
    "噪声": ("工地夜间施工", "广场舞音响太吵", "烧烤店扰民", "装修噪声"),
    "社保": ("养老金没有到账", "医保报销", "社保卡补办", "失业金申领"),
    "English": ("The street light is broken", "noise from the bar", "water leak", "pothole on Main Street"),
}
PLACES = ("德城区新湖街道", "陵城区安德街道", "乐陵市市中街道", "禹城市", "宁津县", "on 5th Avenue", "幸福小区三号楼")
ASIDES = ("请尽快处理", "已经打过三次电话", "影响老人出行", "谢谢", "please help", "电话13812345678", "")


def corpus(count: int = 400, seed: int = 1, noise: float = 0.05) -> list[tuple[str, str]]:
    draw = random.Random(seed)
    rows = []
    for _row in range(count):
        label = draw.choice(list(SUBJECTS))
        told = label if draw.random() > noise else draw.choice(list(SUBJECTS))
        text = "，".join((draw.choice(PLACES), draw.choice(SUBJECTS[label]), draw.choice(ASIDES), str(draw.random())))
        rows.append((text, told))
    return rows


def taken(rows: list[tuple[str, str]]) -> Samples:
    samples = Samples()
    for line, (text, label) in enumerate(rows, 2):
        samples.add(text=text, label=label, line=line)
    return samples


@pytest.fixture(scope="module")
def learnt() -> tuple[TextModel, Report]:
    return trained(taken(corpus()), precision=0.9)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


class TestReading:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_the_usual_encodings_are_recognised(self, written: Callable[..., Path], encoding: str) -> None:
        samples = samples_in(written("text,label\n路灯不亮，𠮷,市政\n", encoding))
        assert (samples.texts, samples.labels, samples.bad) == (["路灯不亮,𠮷"], ["市政"], [])

    @pytest.mark.parametrize("delimiter", [",", "\t", ";"])
    def test_columns_are_found_by_name_in_any_order(self, written: Callable[..., Path], delimiter: str) -> None:
        rows = [["id", "Label ", "TEXT"], ["1", "市政", "路灯不亮"]]
        samples = samples_in(written("\r\n".join(delimiter.join(row) for row in rows)))
        assert (samples.texts, samples.labels) == (["路灯不亮"], ["市政"])

    def test_each_bad_row_is_said_with_its_line(self, written: Callable[..., Path]) -> None:
        path = written('text,label\n好的,a\n,a\n没有标签,\n"两行\n文字",b\n只有一列\n。！？,a\n\n完,b\n')
        samples = samples_in(path)
        assert [(row.line, row.reason) for row in samples.bad] == [
            (3, "The text is empty."),
            (4, "The label is empty."),
            (7, "The row has too few columns."),
            (8, "The text is empty."),
        ]
        assert samples.texts == ["好的", "两行 文字", "完"]

    def test_a_file_of_two_encodings_loses_only_the_broken_rows(self, written: Callable[..., Path]) -> None:
        path = written("text,label\n路灯不亮,市政\n".encode() + b"\xff\xfe\xfa,x\n" + "停水了,供水\n".encode())
        samples = samples_in(path)
        assert samples.texts == ["路灯不亮", "停水了"]
        assert [row.line for row in samples.bad] == [3]

    def test_a_quotation_mark_without_end_does_not_swallow_the_file(
        self, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "FIELD_CHARACTERS_MAX", 300)
        rows = "".join(f"第{number}行,a\n" for number in range(200))
        samples = samples_in(written('text,label\n"没有结束,a\n' + rows))
        assert samples.bad[0].line == 2
        assert len(samples.texts) > 100
        assert csv.field_size_limit() > 300

    @pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "text,label\n", "text,label\n,\n"])
    def test_a_file_without_columns_or_rows_is_refused(self, written: Callable[..., Path], content: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            samples_in(written(content))
        assert caught.value.remedy

    @given(st.binary(max_size=300))
    def test_no_bytes_break_the_reading(self, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
        path = tmp_path_factory.mktemp("bytes") / "file.csv"
        path.write_bytes(b"text,label\n" + content)
        try:
            samples = samples_in(path)
        except TianquError as error:
            assert str(error)
        else:
            assert len(samples.texts) == len(samples.labels) == len(samples.groups)


class TestFeatures:
    @given(st.lists(st.text(max_size=60), max_size=6))
    def test_a_text_has_the_same_features_whatever_stands_beside_it(self, texts: list[str]) -> None:
        texts = [normalised(text) for text in texts]
        together = occurrences(texts)
        for row, text in enumerate(texts):
            alone = occurrences([text])
            assert sorted(together.buckets[together.rows == row].tolist()) == sorted(alone.buckets.tolist())

    def test_words_and_characters_are_features(self) -> None:
        found = occurrences([normalised("Street 路灯不亮")])
        spans = {found.joined[start:end] for start, end in zip(found.starts, found.ends, strict=True)}
        assert {"street", " st", "tree", "路", "路灯", "不亮"} <= spans

    def test_texts_that_differ_in_dress_alone_are_kin(self) -> None:
        assert kinship("路灯 不亮！电话13812345678") == kinship("路灯不亮,电话 13900000000")
        assert kinship("Ｓｔｒｅｅｔ") == kinship("street.")

    def test_telephone_numbers_are_not_learnt(self) -> None:
        assert normalised("打13812345678") == normalised("打13999999999")


class TestFolds:
    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30)), min_size=10, max_size=200), st.integers(2, 5))
    def test_a_group_is_never_torn_and_no_fold_is_empty(self, rows: list[tuple[int, int]], count: int) -> None:
        truth, groups = np.array(rows).T
        folds = fold_numbers(truth, groups, count=count, seed=1)
        assert all(len(set(folds[groups == group])) == 1 for group in set(groups.tolist()))
        assert set(folds.tolist()) == set(range(min(count, len(set(groups.tolist())))))

    def test_duplicates_cannot_flatter(self) -> None:
        draw = random.Random(3)
        texts = ["".join(chr(0x4E00 + draw.randrange(3_000)) for _letter in range(20)) for _text in range(60)]
        rows = [(text, draw.choice("ab")) for text in texts]
        report = evaluated(taken(rows * 5), precision=0.9)
        assert report.duplicates == 240
        assert report.accuracy < 0.75, "labels drawn by lot cannot be known of a text never seen"


class TestCalibration:
    @settings(max_examples=20, deadline=None)
    @given(st.integers(0, 2**20), st.floats(0.5, 4.0))
    def test_confidence_comes_true_and_the_wanted_precision_is_kept(self, seed: int, sharpness: float) -> None:
        draw = np.random.default_rng(seed)
        scores = draw.normal(size=(4_000, 6))
        chances = np.exp(sharpness * scores)
        chances /= chances.sum(axis=1, keepdims=True)
        truth = np.array([draw.choice(6, p=row) for row in chances])
        fitted = calibrated(scores[:2_000], truth[:2_000], precision=0.8)
        best = fitted.probabilities(scores[2_000:])
        right = best.argmax(axis=1) == truth[2_000:]
        sure = fitted.confidences(best.max(axis=1))
        assert abs(sure.mean() - right.mean()) < 0.05
        decided = sure >= fitted.threshold
        if decided.sum() > 200:  # both halves are drawn by lot, so a share of few strays further: four deviations
            assert right[decided].mean() > 0.8 - 4 * np.sqrt(2 * 0.8 * 0.2 / decided.sum())

    def test_a_precision_that_cannot_be_reached_means_that_humans_decide_all(self) -> None:
        draw = np.random.default_rng(1)
        fitted = calibrated(draw.normal(size=(300, 3)), draw.integers(0, 3, 300), precision=0.99)
        assert fitted.threshold > 1


class TestTraining:
    def test_it_tells_subjects_apart_and_says_which_words_spoke(self, learnt: tuple[TextModel, Report]) -> None:
        model, report = learnt
        assert report.macro_f1 > 0.9
        guess = model.guesses(["禹城市某村路灯不亮，请尽快处理"])[0]
        assert guess.label == "路灯照明"
        assert any("灯" in words for words in guess.words)
        assert guess.confidence > 0.7
        assert guess.label not in dict(guess.runners_up)

    def test_it_leaves_to_humans_what_it_never_saw(self, learnt: tuple[TextModel, Report]) -> None:
        for text in ("", "𠮷𠮷𠮷", "Ωμέγα", "!!!"):
            assert not learnt[0].guesses([text])[0].decides

    def test_the_same_seed_gives_the_same_model_and_report(self, learnt: tuple[TextModel, Report]) -> None:
        again, report = trained(taken(corpus()), precision=0.9)
        assert np.array_equal(again.weights, learnt[0].weights)
        assert report.plain() | {"seconds": 0} == learnt[1].plain() | {"seconds": 0}

    def test_the_report_adds_up(self, learnt: tuple[TextModel, Report]) -> None:
        report = learnt[1]
        assert sum(measure.support for measure in report.classes) == report.rows == 400
        assert sum(each.count for each in report.bins) == 400
        assert report.macro_f1 == pytest.approx(np.mean([measure.f1 for measure in report.classes]))
        decided = report.abstention.decided / report.rows
        assert report.abstention.share_abstained == pytest.approx(1 - decided)
        assert report.abstention.precision_reached is not None
        assert report.abstention.precision_reached > 0.85

    def test_a_saved_model_guesses_the_same_and_a_damaged_one_is_refused(
        self, learnt: tuple[TextModel, Report], tmp_path: Path
    ) -> None:
        path = learnt[0].save(tmp_path, name="dispatch")
        texts = [text for text, _label in corpus(20, seed=9)]
        assert load_model(tmp_path, name="dispatch").guesses(texts) == learnt[0].guesses(texts)
        arrays = path.with_suffix(".npz")
        arrays.write_bytes(arrays.read_bytes()[:-1] + b"x")
        with pytest.raises(Conflict, match="damaged"):
            load_model(tmp_path, name="dispatch")
        with pytest.raises(NotFound):
            load_model(tmp_path, name="other")

    def test_no_text_can_be_read_out_of_a_saved_model(self, learnt: tuple[TextModel, Report], tmp_path: Path) -> None:
        learnt[0].save(tmp_path, name="dispatch")
        kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert "自来水停水".encode() not in kept
        assert "新湖街道".encode() not in kept

    def test_labels_with_a_single_text_are_left_out_and_said(self) -> None:
        rows = [*corpus(100), ("独一无二的事", "孤例"), ("独一无二的事！", "孤例")]
        report = evaluated(taken(rows))
        assert report.left_out == ("孤例",)
        assert report.rows == 100

    def test_two_labels_are_enough_and_one_is_not(self) -> None:
        two = [row for row in corpus(300) if row[1] in {"供水", "社保"}]
        assert evaluated(taken(two)).macro_f1 > 0.85
        with pytest.raises(InvalidInput, match="two labels"):
            evaluated(taken([("路灯不亮", "a"), ("停水", "a"), ("噪声", "b")]))

    def test_the_solver_for_large_files_is_as_good(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(training, "DUAL_COST_MAX", 0)
        monkeypatch.setattr(training, "DESCENT_COST_MAX", 60_000)
        monkeypatch.setattr(training, "FOLDS_BY_COST", ())
        report = evaluated(taken(corpus(600)))
        assert report.folds_tried == 1
        assert report.macro_f1 > 0.85

    def test_too_many_features_are_cut_to_the_most_frequent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(training, "FEATURES_MAX", 300)
        monkeypatch.setattr(training, "ENTRIES_MAX", 8_000)
        model, report = trained(taken(corpus()))
        assert len(model.buckets) == 300
        assert report.macro_f1 > 0.8


class TestTheCommand:
    def test_evaluate_prints_every_figure(self, tmp_path: Path) -> None:
        path = tmp_path / "file.csv"
        with path.open("w", encoding="gb18030", newline="") as stream:
            csv.writer(stream).writerows([("text", "label"), *corpus(200), ("", "路灯照明")])
        result = CliRunner().invoke(app, ["classify", "evaluate", str(path), "--json", str(tmp_path / "report.json")])
        assert result.exit_code == 0, result.output
        for said in ("路灯照明", "macro-F1", "ECE", "abstains on", "line 202: The text is empty.", "gb18030"):
            assert said in result.output
        report = json.loads((tmp_path / "report.json").read_text())
        assert report["rows"] == 200
        assert report["bad"] == [{"line": 202, "reason": "The text is empty."}]

    def test_train_keeps_the_model(self, tmp_path: Path) -> None:
        path = tmp_path / "file.csv"
        path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in corpus(200)))
        result = CliRunner().invoke(app, ["classify", "train", str(path), "--folder", str(tmp_path / "models")])
        assert result.exit_code == 0, result.output
        assert "Saved as dispatch-" in result.output
        assert load_model(tmp_path / "models", name="dispatch").guesses(["水管漏水"])[0].label == "供水"
