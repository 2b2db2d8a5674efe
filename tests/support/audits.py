"""Audits of every shape, for whoever must read or draw one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from hypothesis import strategies as st

from fairwitness.audit import records
from fairwitness.audit.outcomes import OUTCOMES, outcome_of

text = st.text(max_size=12)
values = st.dictionaries(text, st.none() | st.booleans() | st.integers(-9, 9) | text, max_size=2)
name = st.text("abcdefgh_é女/ .", min_size=1, max_size=8)
number = st.floats(allow_nan=False, allow_infinity=False)
texts = st.lists(text, max_size=3).map(tuple)
groups = st.dictionaries(text, text, max_size=2)
cells = st.one_of(st.none(), st.booleans(), st.integers(-(2**80), 2**80), number, text)
json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), number, text),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(text, inner, max_size=3)),
    max_leaves=6,
)
objects = st.dictionaries(text, json, max_size=3)


def among(alias: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(get_args(alias))


@st.composite
def intervals(draw: st.DrawFn) -> records.Interval:
    low, high = sorted(draw(st.tuples(number, number)))
    return records.Interval(draw(st.floats(0.01, 0.9999)), low, high)


@st.composite
def estimates(draw: st.DrawFn) -> records.Estimate:
    least, low, value, high, most = sorted(draw(st.tuples(number, number, number, number, number)))
    n = draw(st.integers(2, 10**9))
    level = draw(st.floats(0.01, 0.9999))
    wider = tuple(draw(st.lists(intervals(), max_size=2)))
    return records.Estimate(
        value=value,
        low=low,
        high=high,
        level=level,
        n=n,
        method=draw(text),
        wider=wider,
        if_answered=draw(st.sampled_from([None, (least, most)])),
    )


@st.composite
def drawings(
    draw: st.DrawFn, kind: records.EvidenceKind
) -> tuple[tuple[records.Column, ...], tuple[tuple[records.Cell, ...], ...]]:
    """Columns and rows of curves or points: a label, values with or without their interval, more numbers, a flag."""
    spans = {"points": 2, "dots": 1}.get(kind) or draw(st.sampled_from([0, 1]))
    more, flags = draw(st.integers(0, 2)) if spans else 0, draw(st.integers(0, 1))
    lead = {"points": 0, "dots": 0, "curves": 1 if spans else 2}[kind]
    numbers = lead + 3 * spans + more
    columns = [
        records.Column(draw(text), "number" if 0 < at <= numbers else "flag" if at else "label", draw(text))
        for at in range(1 + numbers + flags)
    ]
    rows = []
    for _ in range(draw(st.integers(0, 5))):
        cells: list[records.Cell] = [draw(st.none() | text), *(draw(number) for _ in range(lead))]
        for _ in range(spans):
            low, value, high = sorted(draw(st.tuples(number, number, number)))
            cells += draw(st.sampled_from([(value, low, high), (value, None, None), (None, None, None)]))
        rows.append((*cells, *(draw(st.none() | number) for _ in range(more)), *([True] * flags)))
    return tuple(columns), tuple(rows)


@st.composite
def evidence(draw: st.DrawFn, most: int = 5) -> records.Evidence:
    kind: records.EvidenceKind = draw(among(records.EvidenceKind))
    if kind in ("curves", "points", "dots"):
        columns, rows = draw(drawings(kind))
    else:
        listed = st.lists(
            st.builds(records.Column, text, among(records.ColumnRole), text, st.booleans()), min_size=1, max_size=3
        )
        columns = tuple(draw(listed))
        rows = tuple(draw(st.lists(st.tuples(*[cells for _ in columns]), max_size=most)))
    total = len(rows) + draw(st.integers(0, 3))
    return records.Evidence(id=draw(name), caption=draw(text), kind=kind, columns=columns, rows=rows, total=total)


metrics = st.builds(
    records.Metric,
    name=name,
    estimate=st.one_of(
        estimates(), st.builds(records.Undefined, st.text(min_size=1, max_size=9), among(records.UndefinedKind))
    ),
    unit=text,
    better=among(records.Better),
    claim=text,
    null=st.none() | number,
    by=groups,
    against=st.none() | text,
    variant=groups,
    role=among(records.Role),
    scope=among(records.Scope),
    joint=st.booleans(),
    evidence=texts,
    tags=texts,
)
picture = st.builds(
    records.Picture,
    kind=among(records.PictureKind),
    caption=text,
    metrics=st.lists(name, max_size=2).map(tuple),
    by=text,
    score=text,
    evidence=texts,
    unit=text,
    null=st.none() | number,
    sides=st.sampled_from([(), ("less", "more")]),
)
needs = st.builds(
    records.DataNeed,
    name=name,
    what=text,
    columns=texts,
    package=text,
    inner=text,
    licence=text,
    required=st.booleans(),
    hub=text,
    format=text,
)
specs = st.builds(
    records.ProbeSpec,
    name=name, version=text, family=text, title=text, question=text, why=text, how_to_read=text,
    needs=st.lists(texts, max_size=2).map(tuple), citations=texts, limits=texts,
    data=st.lists(needs, max_size=2).map(tuple),
    data_licence=text,
)  # fmt: skip
count = st.integers(0, 10**12)
results = st.one_of(
    st.builds(
        records.Measured,
        probe=specs,
        metrics=st.lists(metrics, max_size=2).map(tuple),
        evidence=st.lists(evidence(), max_size=2, unique_by=lambda item: item.id).map(tuple),
        requests=count,
        unanswered=count,
        notes=texts,
        pictures=st.lists(picture, max_size=2).map(tuple),
    ),
    st.builds(
        records.NotApplicable,
        probe=specs,
        reason=text,
        code=among(records.AbsenceCode),
        values=values,
        asked=st.booleans(),
    ),
    st.builds(records.Failed, probe=specs, reason=text, code=among(records.FailureCode), values=values, detail=text),
)
verdicts = st.builds(
    records.Verdict,
    ground=among(records.Ground),
    rule=text,
    outcome=among(records.Outcome),
    probe=text,
    metric=text,
    by=groups,
    reason=text,
    values=values,
    undecided=text,
    severity=among(records.Severity),
    counts=st.booleans(),
    fingerprint=text,
    against=st.none() | text,
    variant=groups,
    condition=text,
    threshold=st.none() | number,
    decided=st.none() | intervals(),
    waiver=text,
    asked=st.booleans(),
    waived_from=st.none() | among(records.Outcome),
)
runs = st.fixed_dictionaries(
    {
        "started": text,
        "seconds": number,
        "model_calls": count,
        "cache_hits": count,
        "host": text,
        "probe_seconds": st.dictionaries(text, number, max_size=2),
    }
)
git = st.fixed_dictionaries({"commit": st.none() | text, "dirty": st.none() | st.booleans()})
manifests = st.builds(
    records.Manifest,
    subject=st.builds(
        records.SubjectInfo,
        spec=text,
        fingerprint=text,
        kind=text,
        architecture=text,
        parameters=st.none() | count,
        dtype=text,
        capabilities=texts,
        revision=text,
        notes=st.lists(st.builds(records.Note, text=text, code=among(records.NoteCode), values=values), max_size=2).map(
            tuple
        ),
    ),
    config=objects,
    policy=st.builds(records.PolicyInfo, text, text, st.dictionaries(text, st.integers(1, 999), max_size=2)),
    seed=st.integers(),
    data=st.lists(
        st.builds(records.DataSource, name=text, source=text, sha256=text, licence=text, rows=count), max_size=2
    ).map(tuple),
    environment=objects,
    git=git,
    run=runs,
)
_unsettled = st.builds(
    records.Audit,
    fairwitness_version=text,
    status=st.sampled_from(["complete", "incomplete"]),
    outcome=st.just("pass"),
    manifest=manifests,
    results=st.lists(results, max_size=2, unique_by=lambda result: result.probe.name).map(tuple),
    verdicts=st.lists(verdicts, max_size=2).map(tuple),
    exit_code=st.just(0),
)


def _settled(audit: records.Audit) -> records.Audit:
    """The audit with the outcomes and the exit code that follow from what it holds."""
    verdicts = tuple(
        replace(verdict, waived_from=OUTCOMES[verdict.ground])
        if verdict.outcome == "waived"
        else replace(verdict, outcome=OUTCOMES[verdict.ground], waived_from=None)
        for verdict in audit.verdicts
    )
    outcome, code = outcome_of(verdicts, audit.results, audit.status)
    return replace(audit, verdicts=verdicts, outcome=outcome, exit_code=code)


audits = _unsettled.map(_settled)
