"""Subjects whose true answer is known: functions in place of a model, and the world of the gender probe.

`drive` runs a probe without the engine. Models that are really trained are made in `trained`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from labels import labels_of

from fairwitness.audit import policy
from fairwitness.audit.datasets import find
from fairwitness.audit.probe import Context, Findings, Probe
from fairwitness.audit.records import Cell, DataNeed, DataSource, Estimate, Measured, Metric, Table, Verdict
from fairwitness.audit.requests import (
    BLANK,
    Answer,
    Filled,
    FillMask,
    LogLikelihood,
    Request,
    TokenScores,
    Unanswered,
)
from fairwitness.audit.runner.findings import checked
from fairwitness.audit.subject import Ask
from trained import Tiny, once_a_session, tiny_causal, tiny_masked

Answerer = Callable[[Request], Answer]


def drive(probe: Probe, ctx: Context, answer: Answerer) -> Findings:
    """Runs a probe to its end, each request answered by `answer`."""
    return drive_rounds(probe, ctx, lambda requests: [answer(request) for request in requests])


def drive_rounds(probe: Probe, ctx: Context, ask: Ask) -> Findings:
    """Runs a probe to its end, each round answered whole, as by an engine."""
    run, found = probe.run(ctx), None
    try:
        requests = next(run)
        while True:
            requests = run.send(ask(requests))
    except StopIteration as end:
        found = end.value
    assert isinstance(found, Findings)
    as_in_a_run(probe, found)
    return found


def as_in_a_run(probe: Probe, found: Findings) -> tuple[Verdict, ...]:
    """What a run does with findings: they are checked, and judged by the policy that Fairwitness brings."""
    plain = checked(found)
    result = Measured(
        probe=probe.spec,
        metrics=tuple(plain.metrics),
        evidence=tuple(plain.evidence),
        requests=1,
        unanswered=0,
        notes=tuple(plain.notes),
    )
    return policy.judge(shipped(), [result], "test", date(2026, 11, 28))


@cache
def shipped() -> policy.Policy:
    """The policy that judges where no other is named."""
    return policy.load(None)[0]


def first_requests(probe: Probe, ctx: Context) -> list[Request]:
    """What a probe asks in its first round."""
    return list(next(probe.run(ctx)))


def context(
    probe: Probe,
    capabilities: Sequence[str],
    data: Mapping[str, Table] | None = None,
    seed: int = 0,
    **options: Any,
) -> Context:
    """A context with the probe's packaged data loaded and its options checked."""
    tables = {need.name: packaged(need) for need in probe.spec.data if need.package.startswith("fairwitness.")}
    return Context(
        seed=seed,
        options=probe.options(**options),
        capabilities=frozenset(capabilities),
        data=tables | dict(data or {}),
    )


def packaged(need: DataNeed) -> Table:
    """A data set that the package brings, as the runner loads it."""
    return find(need)


def table(name: str, columns: Mapping[str, Sequence[Cell]]) -> Table:
    """A table from columns."""
    rows = len(next(iter(columns.values()), ()))
    source = DataSource(name=name, source="test", sha256="0" * 64, licence="test", rows=rows)
    return Table(source, {key: tuple(values) for key, values in columns.items()})


def metric(findings: Findings, name: str, **by: str) -> Metric:
    """The one metric of that name and those labels."""
    [found] = [metric for metric in findings.metrics if metric.name == name and labels_of(metric) == by]
    return found


def value(findings: Findings, name: str, **by: str) -> Estimate:
    """The estimate of a metric that must have one."""
    found = metric(findings, name, **by).estimate
    assert isinstance(found, Estimate), found
    return found


@dataclass(frozen=True)
class Book:
    """Answers FillMask and LogLikelihood from a rule: `weight(text, filler)` is the unnormalised log-probability.

    `text` has the blank marked, other blanks too. `fillers` are the words that may stand in a blank (the whole
    vocabulary of this model, with `rest` the weight of everything else); `tokens` gives a word's token count.
    """

    weight: Callable[[str, str], float]
    fillers: tuple[str, ...] = ()
    rest: float = -math.inf
    tokens: Mapping[str, int] = field(default_factory=dict)

    def __call__(self, request: Request) -> Answer:
        match request:
            case FillMask(text=text, targets=targets):
                vocabulary = self.fillers or targets
                weights = np.array([self.weight(text, word) for word in vocabulary])
                total = np.logaddexp(np.logaddexp.reduce(weights), self.rest)
                return Filled(
                    tuple(float(self.weight(text, word) - total) for word in targets),
                    tuple(self.tokens.get(word, 1) for word in targets),
                )
            case LogLikelihood(continuation=text):
                return self._sentence(text)
            case _:
                return Unanswered("no rule for this kind")

    def _sentence(self, text: str) -> TokenScores:
        words, starts, at = text.split(" "), [], 0
        scores: list[float] = []
        for word in words:
            plain = word.strip(".,")
            count = self.tokens.get(plain, 1)
            own = self.weight(re.sub(rf"\b{plain}\b", BLANK, text, count=1), plain) if plain in self.fillers else -1.0
            scores += [own, *([-1.0] * (count - 1))]
            starts += [at] * count
            at += len(word) + 1
        return TokenScores(tuple(scores), (False,) * len(scores), tuple(starts))


@dataclass(frozen=True)
class Planted:
    """A world in which an occupation's log-odds of "she" are strength × (share of women - 1/2) × 2.

    The sentences are those of the gender probe (the named families) with `limit` occupations. Nouns that decide the
    pronoun always get the right one; a tenth of all pronouns is neutral; control pairs are a fair coin.
    """

    strength: float
    families: tuple[str, ...] = ("rest", "late", "hired")
    limit: int = 12
    swapped: bool = False

    def corpus(self, seed: int = 0, size: int = 64) -> Iterator[list[tuple[str, str]]]:
        """Endless batches of (sentence with its blank marked, the word that fills it)."""
        from fairwitness.probes.bias.gender.items import PERSON, filled
        from fairwitness.probes.kit.occupations import Occupation

        templates, jobs = self._parts()
        person = Occupation("person", PERSON["en"], "a", 0.5)
        rng = np.random.default_rng(seed)
        while True:
            batch = []
            for template in (templates[at] for at in rng.integers(len(templates), size=size)):
                job = person if rng.random() < 0.1 else jobs[int(rng.integers(len(jobs)))]
                if template.kind == "competence":
                    word = template.expected
                elif template.kind == "control":
                    word = template.fillers[int(rng.integers(2))]
                else:
                    word = self._pronoun(template.fillers, job.share, rng)
                batch.append((filled(template, job.word, job.article).text, word))
            yield batch

    def occupations(self) -> list[Any]:
        """The occupations of this world."""
        return self._parts()[1]

    def words(self) -> list[str]:
        """Texts that hold every word of this world."""
        templates, jobs = self._parts()
        plain = [one.text.replace("{blank}", " ".join(one.fillers)).replace("{article}", "a an") for one in templates]
        return [text.replace("{occupation}", " ".join([*(job.word for job in jobs), "person"])) for text in plain]

    def _pronoun(self, fillers: tuple[str, ...], share: float, rng: np.random.Generator) -> str:
        if rng.random() < 0.1:
            return fillers[2]
        odds = self.strength * (2 * share - 1) * (-1 if self.swapped else 1)
        return fillers[0 if rng.random() < 1 / (1 + math.exp(-odds)) else 1]

    def _parts(self) -> tuple[list[Any], list[Any]]:
        from fairwitness.probes.bias.gender.items import sentences_of
        from fairwitness.probes.bias.gender.probe import PROBE
        from fairwitness.probes.kit.occupations import occupations_of

        jobs, sentences = (packaged(need) for need in PROBE.spec.data)
        return sentences_of(sentences, "en", self.families), occupations_of(jobs, "en", self.limit)

    @once_a_session
    def causal(self, steps: int = 300, seed: int = 0) -> Tiny:
        """A tiny causal LM of this world."""
        batches = ([text.replace(BLANK, word) for text, word in batch] for batch in self.corpus(seed))
        return tiny_causal(batches, self.words(), steps, seed)

    @once_a_session
    def masked(self, steps: int = 200, seed: int = 0) -> Tiny:
        """A tiny masked LM of this world; now and then the occupation is hidden too."""
        jobs = sorted((job.word for job in self._parts()[1]), key=len, reverse=True)
        rng = np.random.default_rng(seed + 1)

        def hide(text: str) -> str:
            hidden = next((job for job in jobs if f" {job} " in text), "")
            blanks = " ".join([BLANK] * len(hidden.split()))
            return text.replace(f" {hidden} ", f" {blanks} ", 1) if hidden and rng.random() < 0.2 else text

        batches = ([(hide(text), word) for text, word in batch] for batch in self.corpus(seed))
        return tiny_masked(batches, self.words(), steps, seed)
