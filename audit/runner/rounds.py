"""Probes in lock step: each round merges the requests of all live probes, and one that crashes leaves the others be."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TypeAlias

from fairwitness.audit.budget import OutOfBudget
from fairwitness.audit.errors import FairwitnessError
from fairwitness.audit.manner import USUAL, Form, Manner, forms_of
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Probe, ProbeRun, remedy
from fairwitness.audit.reasons import WORDS, cells
from fairwitness.audit.records import (
    AbsenceCode,
    Cell,
    DataSource,
    Failed,
    Items,
    Measured,
    Name,
    NotApplicable,
    ProbeResult,
    StoredItems,
)
from fairwitness.audit.records.terms import terms_of
from fairwitness.audit.requests import Answer, Fault, Request, Unanswered, answers_trial
from fairwitness.audit.runner import redaction
from fairwitness.audit.runner.data_binding import PUBLIC
from fairwitness.audit.runner.findings import checked
from fairwitness.audit.runner.manners import manner_notes
from fairwitness.audit.runner.own_texts import reason_without, veiled
from fairwitness.audit.runner.reads import Reads
from fairwitness.audit.subject import Ask
from fairwitness.audit.veil import QUOTED
from fairwitness.audit.verbs import VERBS
from fairwitness.audit.words import Shown

UNANSWERED_LIMIT = 0.05
"""Largest share of a probe's requests that may stay unanswered, but for those that its findings account for; above it
the probe failed."""

UNASKABLE: frozenset[Fault] = frozenset({"no_plain"})
"""Faults of a model that has no way to be asked in the form in which a probe asks."""

Event: TypeAlias = Callable[[str, Mapping[str, object]], None]


@dataclass
class Live:
    """One probe on its way through the rounds. `private` texts may not stand in any message.

    `unused` are the names of data that the probe says took no part in what it found. `in_suite` and `optional` say
    what it means that the probe does not apply: see `runner.Scope`. `store` writes its items to a file; without it the
    result holds them.
    """

    probe: Probe
    context: Context
    show_secrets: bool = False
    private: Collection[str] = frozenset()
    notes: tuple[str, ...] = ()
    in_suite: bool = False
    optional: bool = False
    store: Callable[[Items], StoredItems] | None = None
    result: ProbeResult | None = None
    manner: Manner = USUAL
    chooses: bool = False
    wanted: list[Request] = field(default_factory=list)
    put: list[Request] = field(default_factory=list)
    forms: Counter[Form] = field(default_factory=Counter)
    """In how many requests it was asked how."""
    requests: int = 0
    answered: int = 0
    seconds: float = 0.0
    unused: frozenset[str] = frozenset()
    _run: ProbeRun | None = None
    _reasons: Counter[Unanswered] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """The probe's name."""
        return self.probe.spec.name

    def start(self) -> None:
        """Runs the probe to its first requests."""
        self._step(None)

    def send(self, answers: Sequence[Answer]) -> None:
        """Gives the probe the answers to what it wanted, and counts those that are missing."""
        answers = [_in_full(answer) if self.show_secrets else answer for answer in answers]
        for request, answer in zip(self.wanted, answers, strict=True):
            if isinstance(answer, Unanswered) and not answers_trial(request, answer):
                self._reasons[answer] += 1
        self.answered += len(answers)
        self._step(list(answers))

    def fail(self, error: BaseException) -> None:
        """Ends the probe with a crash."""
        reason, detail = redaction.describe(error, () if self.show_secrets else self.private)
        kind = f"{type(error).__name__}: "
        reason = f"{kind}{self._told(reason.removeprefix(kind))}" if reason.startswith(kind) else reason
        values = {"error": reason} if self.requests else {"error": reason, **self._read()}
        sentence: str = Name(reason)
        if "files" in values:
            sentence = WORDS("failed.files", reason=sentence, files=Name(values["files"]))
        self.result = Failed(
            probe=self.probe.spec, reason=sentence, code="crashed", values=values, detail=self._told(detail)
        )
        self.close()

    def does_not_apply(self, reason: str, code: AbsenceCode, values: Mapping[str, Cell]) -> None:
        """The probe cannot be put to this kind of model, or to these data."""
        unasked = self.in_suite and (code == "model_lacks" or (self.optional and code != "texts_kept"))
        self.result = NotApplicable(probe=self.probe.spec, reason=reason, code=code, values=values, asked=not unasked)

    def cut_off(self, end: OutOfBudget) -> None:
        """The budget of the run ended before all was answered: asked, and not measured."""
        counts = {"answered": self.answered, "requests": self.requests}
        self.result = NotApplicable(
            probe=self.probe.spec,
            reason=WORDS(f"absent.out_of_{end.limit}", **counts),
            code="budget_spent",
            values={"limit": end.limit, **counts},
        )
        self.close()

    def interrupt(self) -> None:
        """Ends a probe that has no result because the run was stopped."""
        if self.result is None:
            self.result = Failed(probe=self.probe.spec, reason=WORDS("failed.interrupted"), code="interrupted")
        self.close()

    def close(self) -> None:
        """Lets go of the generator, whatever it says."""
        run, self._run, self.wanted, self.put = self._run, None, [], []
        if run is not None:
            try:
                run.close()
            except Exception as error:
                self.notes += (WORDS("note.closing", error=type(error).__name__),)

    def _step(self, answers: list[Answer] | None) -> None:
        begun = time.perf_counter()
        try:
            if answers is None:
                self._run = self.probe.run(self.context)
                wanted = next(self._run)
            else:
                wanted = _running(self._run).send(answers)
            self.wanted = _requests(wanted)
            self.put = [self.manner.put(request, chooses=self.chooses) for request in self.wanted]
            for asked, put in zip(self.wanted, self.put, strict=True):
                self.forms.update(forms_of(asked, put))
            self.requests += len(self.wanted)
        except StopIteration as end:
            self._finish(end.value)
        except DoesNotApply as why:
            values = {name: self._cell(value) for name, value in why.values.items()}
            reason = self._because(self._told(why.why))
            if why.code == "unanswered" and self._lacking():
                self._lack()
            elif why.code == "unanswered":
                self.result = Failed(probe=self.probe.spec, reason=reason, code=why.code, values=values)
            else:
                self.does_not_apply(reason, why.code, values)
            self.close()
        except OutOfBudget as end:  # of a judge, whom the probe asks itself
            self.cut_off(end)
        except FairwitnessError:
            raise
        except (Exception, SystemExit) as error:
            self.fail(error)
        finally:
            self.seconds += time.perf_counter() - begun

    def _finish(self, findings: object) -> None:
        unanswered = self._reasons.total()
        accounted = 0
        if isinstance(findings, Findings):
            accounted = findings.accounted
            unanswered += findings.unrecorded
            self.requests += findings.recorded
        if unanswered - accounted > UNANSWERED_LIMIT * (self.requests - accounted):
            if self._lacking():
                self._lack()
            else:
                self.result = self._too_many(unanswered)
            return
        try:
            result = checked(findings)
        except ValueError as error:
            self.fail(error)
            return
        self.unused = frozenset(result.unused)
        if not self.show_secrets:
            result = veiled(result, self.private)
        evidence = result.evidence if self.show_secrets else [redaction.redact(item) for item in result.evidence]
        notes = (*result.notes, *manner_notes(self.manner, self.forms), *self.notes)
        try:
            items = result.items if self.store is None or result.items is None else self.store(result.items)
        except ValueError as error:
            self.fail(error)
            return
        self.result = Measured(
            probe=self.probe.spec,
            metrics=tuple(result.metrics),
            evidence=tuple(evidence),
            requests=self.requests,
            unanswered=unanswered,
            notes=notes,
            terms=terms_of(result.metrics, evidence),
            sources=tuple(sorted({source.sha256 for source in self.sources})),
            items=items,
            pictures=tuple(result.pictures),
            manners={form: self.forms[form] for form in sorted(self.forms)},
        )

    @property
    def sources(self) -> list[DataSource]:
        """The files behind the result: of the data at hand those that the probe read, but for what it found no use."""
        data = self.context.data
        read = data.read if isinstance(data, Reads) else set(data)
        return [data[name].source for name in sorted(read - self.unused)]

    def _told(self, reason: str) -> str:
        """A reason as everybody may read it."""
        return reason if self.show_secrets else reason_without(reason, self.private)

    def _cell(self, value: Cell) -> Cell:
        return self._told(value) if isinstance(value, str) else value

    def _lacking(self) -> bool:
        """Whether the model was asked nothing at all, as all questions are of a form that it has no way to be asked."""
        faults = {reason.fault for reason in self._reasons}
        return bool(faults) and faults <= UNASKABLE and self._reasons.total() == self.requests

    def _lack(self) -> None:
        """The model lacks the form in which the probe asks."""
        often, _ = self._reasons.most_common(1)[0]
        values: dict[str, Cell] = {"why": often.reason, "requests": self.requests}
        sentence = WORDS("absent.all_lacking", why=Name(often.reason), requests=self.requests)
        self.does_not_apply(sentence, "model_lacks", values)

    def _too_many(self, unanswered: int) -> Failed:
        values = {
            "unanswered": unanswered,
            "requests": self.requests,
            "share": Shown(unanswered / self.requests, ".0%"),
            "limit": Shown(UNANSWERED_LIMIT, ".0%"),
        }
        reason = self._because(WORDS("failed.unanswered", **values))
        return Failed(probe=self.probe.spec, reason=reason, code="unanswered", values=cells(values))

    def _read(self) -> dict[str, str]:
        """The user's own files: a probe that crashes before it asks may have found one malformed."""
        sources = [
            source.source for source in self.context.data.values() if not source.source.source.startswith(PUBLIC)
        ]
        files = ", ".join(f"{PurePath(source.source).name} ({source.name})" for source in sources)
        return {"files": files} if files else {}

    def _because(self, reason: str) -> str:
        """The reason with the commonest one why something stayed unanswered; the same where everything was answered."""
        if not self._reasons:
            return reason
        often, _ = self._reasons.most_common(1)[0]
        why, _ = redaction.describe(RuntimeError(often.reason), () if self.show_secrets else self.private)
        cause = self._told(why.removeprefix("RuntimeError: "))
        if not self.show_secrets:
            cause = QUOTED.sub(self._unless_own, cause)
        if often.said and not self.show_secrets:
            cause = WORDS("absent.remedied", why=cause, remedy=WORDS("absent.hidden"))
        if what_to_do := remedy(often.fault):
            cause = WORDS("absent.remedied", why=cause, remedy=what_to_do)
        return WORDS("absent.most_often", reason=reason, why=cause)

    def _unless_own(self, quoted: re.Match[str]) -> str:
        """A text that an adapter quotes, or its length where a cell of the user's files says the same."""
        text = quoted[0][1:-1]
        given = [table for table in self.context.data.values() if not table.source.source.startswith(PUBLIC)]
        repeats = any(
            str(cell).strip() == text.strip() for table in given for cells in table.columns.values() for cell in cells
        )
        return f"[text: {len(text)} characters]" if repeats else quoted[0]


def _in_full(answer: Answer) -> Answer:
    """The answer with the reason in all its words."""
    return replace(answer, reason=answer.said) if isinstance(answer, Unanswered) and answer.said else answer


def run_rounds(lives: Sequence[Live], ask: Ask, event: Event) -> None:
    """Runs all probes to their results. KeyboardInterrupt and FairwitnessError pass through; others stand by then."""
    for live in lives:
        if live.result is None:
            event("probe_started", {"probe": live.name})
            live.start()
            _tell(live, event)
    number = 0
    while waiting := [live for live in lives if live.result is None]:
        number += 1
        merged = [request for live in waiting for request in live.put]
        event("round", {"number": number, "probes": [live.name for live in waiting], "requests": len(merged)})
        begun = time.perf_counter()
        answers = _answers(waiting, merged, ask)
        spent = time.perf_counter() - begun
        for live, mine in answers:
            live.seconds += spent * len(mine) / max(1, len(merged))
            live.send(mine)
        for live in waiting:
            _tell(live, event)


def _answers(waiting: Sequence[Live], merged: list[Request], ask: Ask) -> list[tuple[Live, list[Answer]]]:
    """The answers of each probe. Where asking crashes, each is asked alone, so that the guilty one fails alone.

    Where the budget ends, whoever has all answers gets them, and the others are cut off.
    """
    try:
        answers = iter(ask(merged))
    except OutOfBudget as end:
        return _complete(waiting, end)
    except FairwitnessError:
        raise
    except Exception as error:
        if len(waiting) == 1:
            waiting[0].fail(error)
            return []
        return [pair for live in waiting for pair in _answers([live], live.put, ask)]
    return [(live, [next(answers) for _ in live.wanted]) for live in waiting]


def _complete(waiting: Sequence[Live], end: OutOfBudget) -> list[tuple[Live, list[Answer]]]:
    """The probes that have an answer to everything they asked in this round; the others are cut off."""
    complete: list[tuple[Live, list[Answer]]] = []
    place = 0
    for live in waiting:
        mine = end.answers[place : place + len(live.wanted)]
        place += len(live.wanted)
        answers = [answer for answer in mine if answer is not None]
        if len(answers) == len(live.wanted):
            complete.append((live, answers))
        else:
            live.answered += len(answers)
            live.cut_off(end)
    return complete


def _tell(live: Live, event: Event) -> None:
    match live.result:
        case None:
            pass
        case Measured() as done:
            event("probe_measured", {"probe": live.name, "requests": done.requests, "unanswered": done.unanswered})
        case NotApplicable(reason=reason, code="budget_spent"):
            event("probe_cut_off", {"probe": live.name, "reason": reason})
        case NotApplicable(reason=reason):
            event("probe_not_applicable", {"probe": live.name, "reason": reason})
        case Failed(reason=reason):
            event("probe_failed", {"probe": live.name, "reason": reason})


def _running(run: ProbeRun | None) -> ProbeRun:
    if run is None:
        raise RuntimeError("answers for a probe that does not run")
    return run


def _requests(wanted: object) -> list[Request]:
    """What a probe yielded, if it is requests. Raises TypeError otherwise."""
    if not isinstance(wanted, list | tuple):
        raise TypeError(f"the probe yielded {type(wanted).__name__}, not a list of requests")
    for request in wanted:
        if type(request) not in VERBS:
            raise TypeError(f"the probe asked {type(request).__name__}, which is no request")
    return list(wanted)
