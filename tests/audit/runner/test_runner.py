"""Runs on fake models: isolation, what does not apply, secrets, interruption, and the same document twice."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fairwitness.audit import document, policy, runner
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadData, CannotWrite, CorruptModel
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from fairwitness.audit.records import (
    Audit,
    Column,
    Evidence,
    Failed,
    Measured,
    NotApplicable,
    ProbeResult,
    SubjectInfo,
    Undefined,
)
from fairwitness.audit.requests import Classify, ClassScores, Unanswered
from fairwitness.audit.runner import manifest
from fakes import INFO, FakeModel, FakeProbe, asking, metric, need, spec, table

pytestmark = pytest.mark.slow

POLICY, POLICY_INFO = policy.load(None)


@pytest.fixture(autouse=True)
def _outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def audit(*probes: Any, model: FakeModel | None = None, info: SubjectInfo = INFO, **known: Any) -> Audit:
    engine = known.pop("engine", None) or Engine(model or FakeModel(info))
    files = known.pop("files", {})
    selected = [(probe, Options()) for probe in probes]
    supplied = runner.provide([probe.spec for probe in probes], files)
    made = runner.run(selected, engine, info, supplied, {"limit": None}, POLICY, POLICY_INFO, **known)
    Draft202012Validator(document.schema()).validate(json.loads(document.dump(document.to_json(made))))
    return made


def results(made: Audit) -> dict[str, ProbeResult]:
    return {result.probe.name: result for result in made.results}


def body_of(findings: Findings, name: str = "odd") -> FakeProbe:
    def body(ctx: Context) -> ProbeRun:
        yield [Classify("text")]
        return findings

    return FakeProbe(spec(name), body)


def crashing(name: str, when: int, error: BaseException | None = None) -> FakeProbe:
    """A probe that fails after so many rounds."""

    def body(ctx: Context) -> ProbeRun:
        for turn in range(when):
            yield [Classify(f"{name} {turn}")]
        raise error or ValueError("no sense at 0x7f00deadbeef in /home/someone/models/weights.bin")

    return FakeProbe(spec(name), body)


def test_a_probe_is_told_what_kind_its_subject_is() -> None:
    kinds: list[str] = []

    def body(ctx: Context) -> ProbeRun:
        kinds.append(ctx.kind)
        yield [Classify("text")]
        return Findings(metrics=[])

    audit(FakeProbe(spec("curious"), body), info=replace(INFO, kind="tabular"))
    assert kinds == ["tabular"]


class TestRounds:
    def test_the_requests_of_all_probes_are_merged(self) -> None:
        model = FakeModel()
        made = audit(asking("a", ["x", "y"], rounds=2), asking("b", ["y", "z"]), model=model)
        assert [sorted(request.text for request in batch) for batch in model.calls] == [
            ["x", "y", "z"],
            ["x (1)", "y (1)"],
        ]
        measured = results(made)["a"]
        assert isinstance(measured, Measured)
        assert (measured.requests, measured.unanswered) == (4, 0)
        assert made.manifest.run["model_calls"] == 2

    @pytest.mark.parametrize("when", [0, 1, 2])
    def test_one_crash_leaves_the_others_be(self, when: int) -> None:
        made = audit(asking("a", ["x"], rounds=3), crashing("bad", when), asking("c", ["y"]))
        found = results(made)
        assert [type(result) for result in found.values()] == [Measured, Failed, Measured]
        failed = found["bad"]
        assert isinstance(failed, Failed)
        assert failed.reason == "ValueError: no sense at 0x... in weights.bin"
        assert "in body\n" in failed.detail
        assert not re.search(r"(^|[\s\"'])/\w", failed.detail)
        assert made.status == "complete"
        assert made.exit_code == 3

    def test_a_probe_that_finds_out_that_it_does_not_apply(self) -> None:
        made = audit(crashing("a", 1, DoesNotApply("only one label")), asking("b", ["x"]))
        assert results(made)["a"] == NotApplicable(probe=spec("a"), reason="only one label")

    def test_a_probe_without_any_answer_failed_and_the_run_with_it(self) -> None:
        made = audit(crashing("a", 1, DoesNotApply("no answer", "unanswered")), asking("b", ["x"]))
        assert results(made)["a"] == Failed(probe=spec("a"), reason="no answer", code="unanswered")
        assert (made.outcome, made.exit_code) == ("incomplete", 3)

    def test_nothing_applicable_is_said(self) -> None:
        made = audit(crashing("a", 0, DoesNotApply("no")))
        assert (made.outcome, made.exit_code) == ("nothing_ran", 4)

    def test_a_probe_that_would_end_the_process_fails_alone(self) -> None:
        found = results(audit(crashing("a", 1, SystemExit(0)), asking("b", ["x"])))
        assert isinstance(found["a"], Failed)
        assert found["a"].reason == "SystemExit: 0"
        assert isinstance(found["b"], Measured)

    @pytest.mark.parametrize("odd", [None, "text", ["text"], [Unanswered("x")]])
    def test_asking_what_is_no_request_fails_the_probe_alone(self, odd: Any) -> None:
        def body(ctx: Context) -> ProbeRun:
            yield odd
            return Findings(metrics=[])

        found = results(audit(FakeProbe(spec("odd"), body), asking("b", ["x"])))
        assert isinstance(found["odd"], Failed)
        assert isinstance(found["b"], Measured)

    def test_a_model_that_breaks_its_protocol_fails_the_probe_that_asked(self) -> None:
        class Odd(FakeModel):
            def classify(self, batch: Sequence[Classify]) -> Any:
                good = super().classify(batch)
                return good[:-1] if any(request.text == "trap" for request in batch) else good

        found = results(audit(asking("a", ["x"]), asking("b", ["trap"]), model=Odd()))
        assert isinstance(found["a"], Measured)
        assert isinstance(found["b"], Failed)
        assert found["b"].reason == "BrokenSubject: 1 requests, 0 answers"

    @pytest.mark.parametrize("error", [CorruptModel("broken"), CannotWrite("full")])
    def test_what_ends_the_run_is_passed_on(self, error: Exception) -> None:
        def fail(batch: Sequence[Any]) -> None:
            raise error

        with pytest.raises(type(error)):
            audit(asking("a", ["x"]), model=FakeModel(fail=fail))


class TestUnanswered:
    @staticmethod
    def run(lost: int) -> ProbeResult:
        class Refusing(FakeModel):
            def classify(self, batch: Sequence[Classify]) -> list[ClassScores | Unanswered]:
                answers = super().classify(batch)
                return [
                    Unanswered("too long") if int(request.text) < lost else answer
                    for request, answer in zip(batch, answers, strict=True)
                ]

        return results(audit(asking("a", [str(at) for at in range(100)]), model=Refusing()))["a"]

    def test_up_to_five_in_a_hundred_are_counted(self) -> None:
        result = self.run(5)
        assert isinstance(result, Measured)
        assert (result.requests, result.unanswered) == (100, 5)

    def test_more_fail_the_probe(self) -> None:
        result = self.run(6)
        assert isinstance(result, Failed)
        assert result.reason == "too many unanswered: 6 of 100 requests (6%, limit 5%), most often: too long"


class TestFindings:
    @pytest.mark.parametrize(
        ("findings", "said"),
        [
            (None, "returned NoneType, not Findings"),
            (
                Findings(metrics=[], evidence=[table("a", [1.0]), table("a", [1.0])]),
                "evidence id 'a' stands there 2 times",
            ),
            (
                Findings(metrics=[metric("m", 1.0, 2, ("lost",))]),
                "metric 'm' refers to evidence 'lost', which is not there",
            ),
            (
                Findings(metrics=[metric("m", 1.0, 2, (), {"sex": "f"}), metric("m", 2.0, 2, (), {"sex": "f"})]),
                "metric ('m', (('sex', 'f'),), None, ()) stands there 2 times",
            ),
            (
                Findings(metrics=[replace(metric("m", 1.0, 2, (), {"sex": "f"}), scope="overall")]),
                "metric 'm' speaks of a group and says that it is of everybody",
            ),
            (Findings(metrics=[], evidence=[table("a", [float("nan")])]), "evidence 'a', column 'value' holds nan"),
            (Findings(metrics=[replace(metric("m", 1.0, 2, ()), null=float("inf"))]), "has the null value inf"),
            (
                Findings(metrics=[replace(metric("m", 1.0, 2, ()), estimate=Undefined(""))]),
                "undefined without a reason",
            ),
        ],
    )
    def test_that_contradict_themselves_fail_the_probe(self, findings: Any, said: str) -> None:
        result = results(audit(body_of(findings)))["odd"]
        assert isinstance(result, Failed)
        assert said in result.reason

    def test_numpy_values_become_plain_ones(self) -> None:
        np = pytest.importorskip("numpy")
        cells = (np.float32(0.5), np.int64(3), np.bool_(True), np.str_("a"), "half \ud800 letter")
        columns = tuple(Column(str(at)) for at in range(5))
        result = results(
            audit(
                body_of(
                    Findings(
                        metrics=[],
                        evidence=[Evidence(id="e", caption="", kind="table", columns=columns, rows=(cells,), total=1)],
                    )
                )
            )
        )["odd"]
        assert isinstance(result, Measured)
        assert result.evidence[0].rows == ((0.5, 3, True, "a", "half \\ud800 letter"),)
        assert [type(cell) for cell in result.evidence[0].rows[0]] == [float, int, bool, str, str]


class TestData:
    @staticmethod
    def reading(name: str, *needs: Any) -> FakeProbe:
        """A probe that shows the tables it was given."""

        def body(ctx: Context) -> ProbeRun:
            yield [Classify("text")]
            found = sorted(ctx.data)
            cells = tuple((one, cell) for one in found for column in ctx.data[one].columns.values() for cell in column)
            return Findings(
                metrics=[],
                evidence=[
                    Evidence(
                        id="e",
                        caption="",
                        kind="table",
                        columns=(Column("need"), Column("cell")),
                        rows=cells,
                        total=len(cells),
                    )
                ],
            )

        return FakeProbe(spec(name, data=needs), body)

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "mine.csv"
        path.write_text("a\nsomething\n")
        return path

    def test_a_file_reaches_its_probe_and_the_manifest(self, file: Path) -> None:
        made = audit(self.reading("a", need("own")), asking("b", ["x"]), files={"a": file})
        result = results(made)["a"]
        assert isinstance(result, Measured)
        assert result.evidence[0].rows == (("own", "something"),)
        [source] = made.manifest.data
        assert (source.name, source.source, source.rows) == ("own", str(file), 1)

    def test_a_file_without_a_name_goes_to_the_only_taker(self, file: Path) -> None:
        packed = need("packed", package="absent", required=False)
        made = audit(self.reading("a", packed, need("own")), asking("b", ["x"]), files={"": file})
        result = results(made)["a"]
        assert isinstance(result, Measured)
        assert result.evidence[0].rows == (("own", "something"),)

    def test_a_file_without_a_name_for_two_takers_is_a_question(self, file: Path) -> None:
        with pytest.raises(BadData, match=r"say which probe it is for: --data a=.* or --data b="):
            audit(self.reading("a", need("own")), self.reading("b", need("texts")), files={"": file})

    def test_one_need_of_several_is_named(self, file: Path) -> None:
        probe = self.reading("a", need("own"), need("more"))
        result = results(audit(probe, files={"a": file, "a.more": file}))["a"]
        assert isinstance(result, Measured)
        assert result.evidence[0].rows == (("more", "something"), ("own", "something"))

    def test_a_file_for_nobody_is_refused(self, file: Path) -> None:
        with pytest.raises(BadData, match=r"no probe 'aa' here takes data; did you mean 'a'"):
            audit(self.reading("a", need("own")), files={"aa": file})
        with pytest.raises(BadData, match="none of the probes of this run takes data"):
            audit(asking("b", ["x"]), files={"": file})

    def test_an_unreadable_file_ends_the_run_before_the_model_is_asked(self, tmp_path: Path) -> None:
        model = FakeModel()
        with pytest.raises(BadData, match="no file"):
            audit(self.reading("a", need("own")), files={"a": tmp_path / "absent.csv"}, model=model)
        assert model.calls == []

    def test_missing_data_say_how_to_give_them(self) -> None:
        result = results(audit(self.reading("a", need("own", columns=("age",)))))["a"]
        assert result == NotApplicable(
            probe=result.probe,
            reason="the data set 'own' is not here: give a file with the columns age: --data a=FILE",
            code="data_missing",
            values={"needs": "own"},
        )

    def test_optional_data_may_be_missing_and_that_is_noted(self) -> None:
        result = results(audit(self.reading("a", need("own", required=False))))["a"]
        assert isinstance(result, Measured)
        assert result.notes == ("Not given: the data set 'own' is not here: give a file: --data a=FILE",)


def test_what_the_model_lacks_is_named() -> None:
    probe = FakeProbe(spec("a", needs=(("Attend", "Classify"), ("Generate",))), crashing("a", 0).body)
    made = audit(probe, asking("b", ["x"]))
    assert results(made)["a"] == NotApplicable(
        probe=probe.spec,
        reason="this model lacks Attend or Generate: FakeModel (fake) answers Classify, FillMask, LogLikelihood",
        code="model_lacks",
        values={"lacks": "Attend or Generate", "architecture": "FakeModel", "kind": "fake"},
    )


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("sequence_classifier", "; a layer is read through the head that names words at one place, and a classifier"),
        ("question_answerer", "; a layer is read through the head that names words at one place, and this model has"),
        ("encoder", "; a layer is read through the head that names words at one place, and this model has none"),
    ],
)
def test_why_no_layer_of_some_kinds_can_be_read(kind: str, why: str) -> None:
    info = replace(INFO, kind=kind, architecture="Bert")
    for asked, told in (("ReadLayers", True), ("Generate", False)):
        probe = FakeProbe(spec("a", needs=((asked,),)), crashing("a", 0).body)
        found = results(audit(probe, asking("b", ["x"]), info=info))["a"]
        assert isinstance(found, NotApplicable)
        assert f"this model lacks {asked}: Bert ({kind})" in found.reason
        assert (why in found.reason) is told
        assert found.code == "model_lacks"


def test_a_file_of_decisions_is_not_called_a_model() -> None:
    info = replace(INFO, kind="predictions", architecture="")
    probe = FakeProbe(spec("a", needs=(("Generate",),)), crashing("a", 0).body)
    found = results(audit(probe, asking("b", ["x"]), info=info))["a"]
    assert isinstance(found, NotApplicable)
    assert found.reason == ("it asks a model for Generate, and a file of decisions holds what was decided about rows")
    assert found.code == "model_lacks"


class TestSecrets:
    TEXT = "my card is 4556 7375 8689 9855"

    def probe(self) -> FakeProbe:
        columns = (Column("name"), Column("text", "text", secret=True), Column("share", "number", secret=True))
        rows = (("long", self.TEXT, 0.5), ("short", "tiny secret", None))
        return body_of(
            Findings(
                metrics=[], evidence=[Evidence(id="e", caption="", kind="table", columns=columns, rows=rows, total=2)]
            )
        )

    def test_are_redacted_before_the_document_is_made(self) -> None:
        result = results(audit(self.probe()))["odd"]
        assert isinstance(result, Measured)
        assert result.evidence[0].rows == (
            ("long", "[text: 30 characters, begins 'my c']", "[share: hidden]"),
            ("short", "[text: 11 characters]", None),
        )

    def test_are_shown_where_that_is_asked(self) -> None:
        result = results(audit(self.probe(), show_secrets=True))["odd"]
        assert isinstance(result, Measured)
        assert result.evidence[0].rows[0][1] == self.TEXT

    @pytest.mark.parametrize("shown", [False, True])
    def test_do_not_leave_in_the_message_of_a_crash(self, tmp_path: Path, shown: bool) -> None:
        path = tmp_path / "mine.csv"
        path.write_text(f'text\n"{self.TEXT}"\n')

        def body(ctx: Context) -> ProbeRun:
            yield [Classify("text")]
            raise KeyError(ctx.data["own"].columns["text"][0])

        log: list[object] = []
        made = audit(
            FakeProbe(spec("a", data=(need("own"),)), body),
            files={"a": path},
            show_secrets=shown,
            log=lambda event, what: log.append(what),
        )
        result = results(made)["a"]
        assert isinstance(result, Failed)
        assert (self.TEXT in document.dump(document.to_json(made)) + str(log)) is shown
        assert shown or result.reason == "KeyError: '[text: 30 characters]'"


@pytest.mark.parametrize(("rounds", "told"), [(0, "; it read mine.csv (own): look at its columns and cells"), (1, "")])
def test_a_crash_before_anything_is_asked_names_the_file_that_was_read(tmp_path: Path, rounds: int, told: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text\nx\n")
    probe = replace(crashing("a", rounds, ValueError("odd")), spec=spec("a", data=(need("own"),)))
    result = results(audit(probe, files={"a": path}))["a"]
    assert isinstance(result, Failed)
    assert result.reason == f"ValueError: odd{told}"


class TestInterruption:
    def test_keeps_what_is_finished(self, tmp_path: Path) -> None:
        def fail(batch: Sequence[Any]) -> None:
            if any("(2)" in request.text for request in batch):
                raise KeyboardInterrupt

        with AnswerCache(tmp_path / "cache", INFO.fingerprint) as cache:
            engine = Engine(FakeModel(fail=fail), cache=cache)
            made = audit(asking("quick", ["x"]), asking("slow", ["y"], rounds=4), engine=engine)
            found = results(made)
            assert isinstance(found["quick"], Measured)
            assert found["slow"] == Failed(probe=spec("slow"), reason="interrupted", code="interrupted")
            assert (made.status, made.exit_code) == ("incomplete", 130)
            document.write(made, tmp_path / "run")
            assert document.read(tmp_path / "run") == made
            again = Engine(FakeModel(), cache=cache)
            whole = audit(asking("quick", ["x"]), asking("slow", ["y"], rounds=4), engine=again)
            assert (whole.status, again.cache_hits, again.model_calls) == ("complete", 2, 2)


def without_run(made: Audit) -> str:
    data = document.to_json(made)
    del data["manifest"]["run"]
    return document.dump(data)


class TestSameDocument:
    PROBES = (asking("a", ["x", "yy", "zzz"], rounds=2), asking("b", ["yy", "w"]), crashing("c", 1))

    def test_twice(self) -> None:
        assert without_run(audit(*self.PROBES)) == without_run(audit(*self.PROBES))

    def test_cold_and_warm(self, tmp_path: Path) -> None:
        made = []
        for _ in range(2):
            with AnswerCache(tmp_path, INFO.fingerprint) as cache:
                made.append(audit(*self.PROBES, engine=Engine(FakeModel(), cache=cache)))
        assert without_run(made[0]) == without_run(made[1])
        assert made[1].manifest.run["model_calls"] == 0

    def test_whatever_the_order_of_the_probes(self) -> None:
        forth, back = audit(*self.PROBES), audit(*self.PROBES[::-1])
        assert results(forth) == results(back)


def test_the_policy_is_recorded_before_the_model_is_asked() -> None:
    log: list[str] = []
    model = FakeModel(fail=lambda batch: log.append("model"))
    audit(asking("a", ["x"]), model=model, log=lambda event, what: log.append(event))
    assert log == ["run", "policy", "probe_started", "round", "model", "probe_measured", "judged"]


def test_the_log_is_one_object_a_line(tmp_path: Path) -> None:
    with runner.EventLog(tmp_path / "new" / "log.jsonl") as log:
        audit(asking("a", ["é"]), crashing("b", 0), log=log)
    lines = [json.loads(line) for line in (tmp_path / "new" / "log.jsonl").read_text("utf-8").splitlines()]
    assert lines[0]["event"] == "run"
    assert {line["event"] for line in lines} >= {"round", "probe_failed", "probe_measured", "judged"}
    assert all(datetime.fromisoformat(line["time"]).tzinfo == UTC for line in lines)
    assert document.is_run(tmp_path / "new")


def test_facts_of_one_run_stand_in_one_place() -> None:
    made = audit(asking("a", ["x"]), output=Path("out"), threads=2)
    more = runner.with_run(made, peak_memory=5)
    assert set(more.manifest.run) - set(made.manifest.run) == {"peak_memory"}
    assert without_run(more) == without_run(made)
    assert made.manifest.run["output"] == "out"
    assert made.manifest.environment["threads"] == 2


def test_the_state_of_the_repository(tmp_path: Path) -> None:
    assert manifest.git(tmp_path) == {"commit": None, "dirty": None}
    words = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(tmp_path)]
    (tmp_path / "file").write_text("one")
    for more in (["init", "-q"], ["add", "file"], ["commit", "-qm", "first"]):
        subprocess.run([*words, *more], check=True)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "audit.json").write_text("{}")
    state = manifest.git(tmp_path)
    assert re.fullmatch("[0-9a-f]{40}", str(state["commit"]))
    assert state["dirty"] is False
    (tmp_path / "file").write_text("two")
    assert manifest.git(tmp_path)["dirty"] is True


class TestPlan:
    def test_counts_the_first_round_without_asking(self, tmp_path: Path) -> None:
        reads = TestData.reading("d", need("own"))
        selected = [
            (probe, Options()) for probe in (asking("a", ["x", "y"]), asking("b", ["y", "z"]), crashing("c", 0), reads)
        ]
        specs = [probe.spec for probe, _ in selected]
        planned = runner.plan(selected, INFO, runner.provide(specs, {}))
        assert [dict(one.requests) for one in planned.probes] == [{"Classify": 2}, {"Classify": 2}, {}, {}]
        assert dict(planned.unique) == {"Classify": 3}
        assert planned.probes[2].reason.startswith("ValueError")
        assert planned.probes[3].missing == ("the data set 'own' is not here: give a file: --data d=FILE",)
        (tmp_path / "own.csv").write_text("a\n1\n")
        [*_, found] = runner.plan(selected, INFO, runner.provide(specs, {"d": tmp_path / "own.csv"})).probes
        assert (found.reason, found.missing, found.data[0].rows) == ("", (), 1)
