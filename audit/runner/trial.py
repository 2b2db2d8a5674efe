"""A probe run to its end with answers from a function, as its author tests it: no model, no engine, no files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fairwitness.audit.probe import Context, Findings, Probe
from fairwitness.audit.records import Table
from fairwitness.audit.requests import Answer, Request
from fairwitness.audit.runner.findings import checked


def trial(
    probe: Probe,
    answer: Callable[[Request], Answer],
    capabilities: Iterable[str] | None = None,
    data: Mapping[str, Table] | None = None,
    seed: int = 0,
    **options: Any,
) -> Findings:
    """What the probe finds, checked as a run checks it.

    `capabilities` are the request kinds of the model, all that the probe may need where they are not given. Raises
    DoesNotApply as the probe does, and BadFindings for findings that contradict themselves.
    """
    kinds = {kind for alternative in probe.spec.needs for kind in alternative} if capabilities is None else capabilities
    context = Context(
        seed=seed, options=probe.options.model_validate(options), capabilities=frozenset(kinds), data=data or {}
    )
    run = probe.run(context)
    try:
        requests = next(run)
        while True:
            requests = run.send([answer(request) for request in requests])
    except StopIteration as end:
        return checked(end.value)
