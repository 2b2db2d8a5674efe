"""Bad models and bad data: what was not measured is counted, shown and no number; no probe takes another with it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bad_input import LONG, SILENCE, SUBJECTS, Model, lengthened, plain, spoilt, written
from contracts.test_probes import EXAMPLES
from standins.every import in_part

import proof
from fairwitness.audit import policy, runner
from fairwitness.audit.cli import invoke
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, Probe, find, registry
from fairwitness.audit.records import Estimate, Failed, Measured, NotApplicable, ProbeResult, Undefined
from fairwitness.audit.requests import Answer, Request, Unanswered
from fairwitness.audit.runner.data_binding import BoundData
from fairwitness.audit.runner.rounds import UNANSWERED_LIMIT
from fakes import asking
from organisms import Answerer, context, drive
from sentence_pairs import crows_table

BIAS = [one for one in registry().values() if one.spec.family == "bias"]
SMALL: Mapping[str, Mapping[str, Any]] = {
    "ceat": {"draws": 5, "limit": 4},
    "fill_mask": {"limit": 12, "categories": ("age", "religion")},
    "counterfactual": {"limit": 10},
    "gender": {"limit": 6},
    "names_by_group": {"names": 4, "limit": 4},
    "code_bias": {"limit": 2, "attributes": ("gender",), "samples": 0, "controls": 4},
    "answers_by_group": {"names": 8, "limit": 4},
    "summary_by_group": {"limit": 4},
    "translation_gender": {"languages": ("es",), "limit": 6},
}
"""Options that make a probe with data of its own small enough to be asked again and again."""


TEXTS = ("Caption", "Generate", "TagTokens")
"""Requests whose answers are texts or spans: they hold no number that a model could spoil."""


CATEGORISED = [one for one in BIAS if "categories" in one.options.model_fields]


def started(probe: Probe, needs: tuple[str, ...]) -> Context:
    options, data = EXAMPLES.get(probe.spec.name, ({}, {}))
    return context(probe, needs, data, **{**SMALL.get(probe.spec.name, {}), **options})


def arms() -> list[Any]:
    """Every probe with each kind of model that it asks for a likelihood, a text, a vector or a class."""
    return [
        pytest.param(probe, needs, id=f"{probe.spec.name}-{needs[0]}")
        for probe in BIAS
        for needs in probe.spec.needs
        if needs != ("Predict",)  # decisions of a file have tests of their own
    ]


BESIDE = asking("beside", [f"text beside number {at}" for at in range(30)])
"""A probe that must be measured whatever happens to the one beside it."""


def play(probe: Probe, ctx: Context, answer: Answerer) -> ProbeResult:
    """The result of one probe through the engine and the runner, beside another that must not be touched."""

    def either(request: Request) -> Answer:
        return plain(request) if getattr(request, "text", "").startswith("text beside") else answer(request)

    model = Model(either, (*sorted(ctx.capabilities | {"Classify"}),))
    judging, info = policy.load(None)
    supplied = {"beside": BoundData({}), probe.spec.name: BoundData(ctx.data)}
    chosen = [(BESIDE, Options()), (probe, ctx.options)]
    audit = runner.run(chosen, Engine(model), model.info, supplied, {}, judging, info)
    beside, found = audit.results
    assert isinstance(beside, Measured)
    assert beside.unanswered == 0
    return found


def told(found: Findings | Measured) -> str:
    """Everything that a reader sees in words."""
    cells = [str(cell) for one in found.evidence for row in one.rows for cell in row if isinstance(cell, str)]
    reasons = [one.estimate.reason for one in found.metrics if isinstance(one.estimate, Undefined)]
    return "\n".join([*found.notes, *reasons, *cells])


def estimates(found: Findings | Measured) -> Iterator[tuple[str, Estimate]]:
    for one in found.metrics:
        if isinstance(one.estimate, Estimate):
            yield one.name, one.estimate


def sound(found: Findings | Measured) -> None:
    """What holds of any findings: every estimate is of something, in its interval, and no metric says nothing."""
    for name, one in estimates(found):
        assert one.n > 0, name
        assert one.low <= one.value <= one.high, name
    assert all(one.estimate.reason for one in found.metrics if isinstance(one.estimate, Undefined))


@pytest.mark.slow
@pytest.mark.parametrize(("probe", "needs"), in_part(arms()))
@pytest.mark.parametrize("subject", ["silent", "NaN", "infinite"])
def test_a_model_without_a_usable_answer_has_no_number(probe: Probe, needs: tuple[str, ...], subject: str) -> None:
    ctx = started(probe, needs)
    if (needs[0] in TEXTS and subject != "silent") or (probe.spec.name, needs[0]) == (
        "honest",
        "FillMask",
    ):
        pytest.skip("a text and a span hold no number to spoil")
    if probe.spec.name == "counterfactual":
        with pytest.raises(DoesNotApply, match=r"answered none of \d+ texts"):
            drive(probe, ctx, SUBJECTS[subject])
        return
    found = drive(probe, ctx, SUBJECTS[subject])
    assert found.metrics
    assert list(estimates(found)) == []
    sound(found)
    assert re.search(r"no (whole )?answer|finite|could not be|not scored|unread|no vector|" + SILENCE, told(found))
    assert not re.search("(Difference|Preference) detected", " ".join(one.claim for one in found.metrics))


@pytest.mark.slow
@pytest.mark.parametrize(("probe", "needs"), in_part(arms()))
@pytest.mark.parametrize("subject", ["silent", "a third silent", "NaN"])
def test_the_runner_fails_the_probe_alone_and_tells_how_many_and_why(
    probe: Probe, needs: tuple[str, ...], subject: str
) -> None:
    if (subject == "NaN" and needs[0] in TEXTS) or (probe.spec.name, needs[0]) == (
        "honest",
        "FillMask",
    ):
        pytest.skip("a text and a span hold no number to spoil")
    found = play(probe, started(probe, needs), SUBJECTS[subject])
    why = SILENCE if subject != "NaN" else "the model gave a value that is not a finite number"
    assert isinstance(found, Failed)
    assert found.code == "unanswered"
    assert found.reason.endswith(f"most often: {why}")
    if "requests" in found.values:  # else the probe itself found no answer that it could use
        number = re.search(r"too many unanswered: (\d+) of (\d+) requests", found.reason)
        assert number is not None
        assert int(number[1]) > UNANSWERED_LIMIT * int(number[2])


@pytest.mark.slow
@pytest.mark.parametrize(("probe", "needs"), in_part(arms()))
def test_an_answer_that_is_missing_counts_nowhere(probe: Probe, needs: tuple[str, ...]) -> None:
    ctx = started(probe, needs)
    whole, part = drive(probe, ctx, plain), drive(probe, ctx, SUBJECTS["a third silent"])
    sound(part)
    most = {one.key: one.estimate for one in whole.metrics}
    for one in part.metrics:
        before = most.get(one.key)
        if isinstance(one.estimate, Estimate) and isinstance(before, Estimate):
            assert one.estimate.n <= before.n, one.name
    main = [one for one in part.metrics if "overall" in one.tags]
    assert main or probe.spec.name == "bbq"
    assert all(isinstance(one.estimate, Undefined) for one in main)


@pytest.mark.slow
@pytest.mark.parametrize(("probe", "needs"), in_part(arms()))
@pytest.mark.parametrize("subject", ["tied", "wordless", "splitting"])
def test_a_model_that_prefers_nothing_is_not_called_biased(probe: Probe, needs: tuple[str, ...], subject: str) -> None:
    found = drive(probe, started(probe, needs), SUBJECTS[subject])
    sound(found)
    main = [one for one in found.metrics if "overall" in one.tags and one.better == "near_zero"]
    assert not [one.claim for one in main if re.search("(Difference|Preference) detected", one.claim)]
    if (
        subject == "tied" and needs[0] not in ("Generate", "FillMask", "AnswerQuestion")
    ) or probe.spec.name == "crows_pairs":
        assert not [one.name for one in main if isinstance(one.estimate, Estimate)]
    if subject == "wordless" and probe.spec.name in ("honest", "bold"):
        assert all(isinstance(one.estimate, Undefined) for one in found.metrics)
        assert "completions hold words" in told(found)


def spoils() -> list[Any]:
    """Each probe, once with everything that may be wrong with the cells of each of its tables."""
    return [pytest.param(probe, probe.spec.needs[0], id=probe.spec.name) for probe in BIAS]


EIGHTHS = [0, *(pytest.param(eighth, marks=proof.AT_LENGTH) for eighth in range(1, 8))]


@pytest.mark.slow
@pytest.mark.parametrize("eighth", EIGHTHS)
@pytest.mark.parametrize(("probe", "needs"), spoils())
def test_no_cell_crashes_a_probe_or_becomes_a_number(probe: Probe, needs: tuple[str, ...], eighth: int) -> None:
    ctx = started(probe, needs)
    for need, table in ctx.data.items():
        if len(table) > 400 or (probe.spec.name == "ceat" and need == "association_sentences"):
            continue
        for what, bad in list(spoilt(table))[eighth::8]:
            given = replace(ctx, data={**ctx.data, need: bad})
            try:
                found = play(probe, given, plain)
            except BadOption:
                continue  # a default that the data no longer hold, told before anything is asked
            where = f"{need}: {what}: {getattr(found, 'reason', '')}"
            if isinstance(found, Measured):
                sound(found)
                assert not re.search(r"\bNone\b", told(found)), where
            elif isinstance(found, Failed):
                assert need in OURS, where
            else:
                assert found.reason, where


OURS = frozenset(need.name for one in BIAS for need in one.spec.data if need.package.startswith("fairwitness."))
"""Tables that Fairwitness brings: whoever replaces one has read how it is made."""


@pytest.mark.slow
@pytest.mark.parametrize(("probe", "needs"), spoils())
def test_a_sentence_of_a_megabyte_takes_seconds(probe: Probe, needs: tuple[str, ...]) -> None:
    ctx = started(probe, needs)
    for need, table in ctx.data.items():
        if need in OURS or probe.spec.name == "unqover":  # a word of a megabyte would be in a thousand texts
            continue
        for column, long in lengthened(table):
            begun = time.perf_counter()
            found = play(probe, replace(ctx, data={**ctx.data, need: long}), plain)
            assert time.perf_counter() - begun < 20, column
            assert isinstance(found, Measured | NotApplicable), getattr(found, "reason", "")
            if isinstance(found, Measured):
                sound(found)


@pytest.mark.slow
@pytest.mark.parametrize("probe", BIAS, ids=lambda one: one.spec.name)
def test_a_column_that_is_missing_is_named_with_its_file(probe: Probe, tmp_path: Path) -> None:
    ctx = started(probe, probe.spec.needs[0])
    for need in probe.spec.data:
        if need.format or not need.columns or need.name not in ctx.data:
            continue
        for column in need.columns:
            kept = {name: cells for name, cells in ctx.data[need.name].columns.items() if name != column}
            file = written(tmp_path / f"{need.name}.csv", kept)
            with pytest.raises(BadData, match=f"{need.name}.csv has no column {column!r}"):
                runner.provide([probe.spec], {f"{probe.spec.name}.{need.name}": file})
        file = written(tmp_path / f"{need.name}.csv", dict.fromkeys(need.columns, ()))
        with pytest.raises(BadData, match="holds no rows"):
            runner.provide([probe.spec], {f"{probe.spec.name}.{need.name}": file})


@pytest.mark.parametrize("probe", CATEGORISED, ids=lambda one: one.spec.name)
def test_an_unknown_category_is_a_mistake_that_names_the_nearest(probe: Probe) -> None:
    options, data = EXAMPLES.get(probe.spec.name, ({}, {}))
    with pytest.raises((BadOption, ValueError), match="no_such"):
        drive(probe, context(probe, probe.spec.needs[0], data, **{**options, "categories": ("no_such",)}), plain)


FILES: Mapping[str, tuple[bytes, str]] = {
    "latin.csv": (b"sent_more,sent_less\nd\xe9j\xe0 vu,b\n", "line 2, byte 2: 0xe9 is no UTF-8"),
    "semicolons.csv": (b"sent_more;sent_less\na;b\n", "separated by semicolons"),
    "tabs.csv": (b"sent_more\tsent_less\na\tb\n", "has no column 'sent_more'"),
    "broken.jsonl": (b'{"sent_more": "a", "sent_less": "b"}\n{"sent_more": \n', "line 2"),
    "empty.csv": (b"", "is empty"),
    "header.csv": (b"sent_more,sent_less\n", "holds no rows"),
    "unequal.csv": (b"sent_more,sent_less\na,b,c\n", "line 2: 3 cells under 2 columns"),
    "other.csv": (b"sent_mor,sent_less\na,b\n", "did you mean 'sent_mor'?"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_is_one_line_and_exit_code_2(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content, said = FILES[name]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadData, match=re.escape(name)) as error:
        runner.provide([find("pairs").spec], {"pairs": tmp_path / name})
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bbq", b'{"category": "x"\n'),
        ("bold_prompts", b'{"a": {"b": ["c"\n'),
        ("honest_templates", b"raw\tidentity\nx\ty\n"),
        ("stereoset", b'{"data": {}}'),
        ("bug", b"text,g\na,b\n"),
    ],
)
@pytest.mark.parametrize("latin", [False, True])
def test_a_published_set_that_is_broken_names_its_file(name: str, content: bytes, latin: bool, tmp_path: Path) -> None:
    [probe] = [one for one in BIAS if any(need.name == name for need in one.spec.data)]
    file = tmp_path / "x_prompt.json"
    file.write_bytes(b"\xe9\n" if latin else content)
    with pytest.raises(BadData, match=r"x_prompt\.json") as error:
        runner.provide([probe.spec], {f"{probe.spec.name}.{name}": file})
    assert ("no UTF-8" in str(error.value)) or not latin


@pytest.mark.slow
def test_a_cell_of_a_megabyte_is_read_and_counted(tmp_path: Path) -> None:
    given = {name: list(cells) for name, cells in crows_table().columns.items()}
    given["sent_more"][0] = LONG.strip()
    file = written(tmp_path / "pairs.csv", {name: given[name] for name in ("sent_more", "sent_less", "bias_type")})
    supplied = runner.provide([find("pairs").spec], {"pairs": file})
    table = supplied["pairs"].tables["pairs"]
    assert len(str(table.columns["sent_more"][0])) > 900_000
    ctx = replace(started(find("pairs"), ("LogLikelihood",)), data=supplied["pairs"].tables)

    def short(request: Request) -> Answer:
        return Unanswered("too long") if len(getattr(request, "continuation", "")) > 10_000 else plain(request)

    found = drive(find("pairs"), ctx, short)
    [unscored] = [one for one in found.evidence if one.id == "unscored"]
    assert [(row[0], row[2]) for row in unscored.rows] == [(1, "too long")]
    assert len(str(unscored.rows[0][1])) < 3000
    assert "1 rows could not be scored" in told(found)


@pytest.mark.parametrize(
    ("probe", "option", "said"),
    [
        ("fill_mask", "categories=relgion", "fill_mask.categories: item 1: input should be 'race', "),
        ("unqover", "categories=gendre", "got 'gendre'; did you mean 'gender'?"),
        ("winobias", "categories=type3", "got 'type3'; did you mean 'type "),
        ("honest", "set=binry", "honest.set: input should be 'binary' or 'queer_nonqueer', got 'binry'; did you mean"),
        ("honest", "top_p=1.5", "honest.top_p: input should be less than or equal to 1, got 1.5"),
        ("bold", "top_p=0", "bold.top_p: input should be greater than 0, got 0"),
    ],
)
def test_a_value_that_an_option_does_not_take_is_one_line(
    probe: str, option: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["run", "model", "-p", probe, "-O", f"{probe}.{option}"]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert shown.count("\n") == 1
    assert said in shown


def test_the_command_line_names_the_nearest_category(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import tiny_models

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    model = tiny_models.build("masked:bert", tmp_path / "model")
    table = crows_table()
    columns = {"category" if name == "bias_type" else name: cells for name, cells in table.columns.items() if name}
    file = written(tmp_path / "mine.csv", columns)
    line = ["run", str(model), "-p", "pairs", "-p", "weat", "--data", f"pairs={file}", "--offline"]
    assert invoke([*line, "-O", "pairs.categories=color"]) == 2
    said = capsys.readouterr().err
    assert "pairs.categories: no category 'color' in the data; did you mean 'colour'? (known: colour, shade)" in said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("runs/*"))
