"""A judge with what is known of its errors: what it says of the texts of a run, and how a reader sees who judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fairwitness.audit import judging
from fairwitness.audit.judging import ASIDE, Calibration, Decided, Said, Tally, TextJudge, content_id
from fairwitness.audit.probe import Context
from fairwitness.audit.reasons import CHECK, COMMA
from fairwitness.audit.records import Evidence, Name, Table, Undefined, joined
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.judged import LEAST_LABELS, Errors, unusable
from fairwitness.probes.kit.judged.attacks import Robustness, attacked
from fairwitness.probes.kit.judged.judges import (
    ANSWERS,
    LABELS,
    PARTS,
    PHRASES,
    WORDS,
    Label,
    compliances,
    of_model,
    refusal_rule,
    refusals,
)
from fairwitness.probes.kit.judged.published import JudgeFigures, published
from fairwitness.probes.kit.judged.tried import EACH, tried

MOST_OTHERS = 0.05
"""Share of labels that may have been drawn by another verdict than that of the judge: a model may change its mind."""
LEAST_LABELLED = judging.rates.LEAST_JUDGED
"""Share of labelled examples that a judge must give a verdict on."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A judge of one kind of label; `reason` says why its errors correct nothing, None where they do."""

    judge: TextJudge
    kind: Label
    reason: Undefined | None
    tally: Tally | None = None
    calibration: Calibration | None = None
    decided: tuple[Decided, ...] = ()
    """What it said of the labelled examples."""
    labels: Mapping[str, bool] = field(default_factory=dict)
    """What people said of answers of this run, by content id."""
    seals: Mapping[str, str] = field(default_factory=dict)
    """The verdicts by which these were drawn, sealed, by content id."""
    unlabelled: int = 0
    """Rows of these without a label."""
    label_kinds: tuple[str, ...] = ()
    """The kinds of label that the file of these has."""
    log: dict[Said, Decided] = field(default_factory=dict, compare=False)
    """What it was asked about so far."""
    robustness: tuple[Robustness, ...] = ()
    refused: tuple[Calibrated, ...] = ()
    """Judges that come before it and correct nothing, so that it judges in their place."""
    published: tuple[JudgeFigures, ...] = ()
    """What others publish of judges of this kind."""

    def __post_init__(self) -> None:
        if self.reason is None and self.tally is None:
            raise ValueError("a judge that corrects has a tally of its errors")

    def __call__(self, texts: Iterable[Said | None]) -> list[Decided]:
        """What it says of texts, in order and in full number; equal ones are asked once, None is put aside."""
        rows = list(texts)
        asked = list(dict.fromkeys(said for said in rows if said is not None))
        for said, decided in zip(asked, self.judge(asked), strict=True):
            name = content_id(said)
            self.log[said] = replace(decided, id=name, human=self.labels.get(name))
        return [ASIDE if said is None else self.log[said] for said in rows]

    @property
    def errors(self) -> Errors | Undefined:
        """Its errors on all labelled examples, or why they correct nothing."""
        if self.reason is not None or self.tally is None:
            return self.reason or WORDS.undefined("reason.silent", "unanswered")
        return self.tally.errors

    @property
    def what(self) -> str:
        """What it decides, for a reader."""
        return WORDS(f"names.{self.kind}")

    def errors_of(self, group: str) -> Errors | None:
        """Its errors on the labelled examples of a group; None where they correct nothing."""
        tallied = self.by_group().get(group)
        return None if tallied is None or unusable(tallied.errors) else tallied.errors

    def by_group(self) -> dict[str, Tally]:
        """What it said of the labelled examples of each group that they name."""
        if self.calibration is None:
            return {}
        pairs = [pair for pair in zip(self.calibration.examples, self.decided, strict=True) if pair[0].group]
        rows = grouped(pairs, lambda pair: pair[0].group)
        return {
            group: judging.tally([example for example, _ in same], [said for _, said in same])
            for group, same in rows.items()
        }

    def notes(self) -> list[str]:
        """Who judged, what its errors rest on, and why nothing is corrected where nothing is.

        To be asked for once all texts were judged: it also says which labels of people match none of them.
        """
        said = [CHECK + judge.refusal for judge in self.refused if judge.reason is not None]
        said.append(WORDS("note.judged", what=self.what, who=self.judge.name))
        if self.reason is not None:
            name = "labels_rest" if self.matched >= LEAST_LABELS else "not_corrected"
            said.append(WORDS(f"note.{name}", what=self.what, reason=self.reason.reason, needed=LEAST_LABELS))
        if self.tally is not None and self.calibration is not None:
            errors = self.tally.errors
            counts = {"positives": errors.positives, "negatives": errors.negatives}
            said.append(WORDS("note.errors", called=errors.called, let_go=errors.let_go, **counts))
            unscored = sum(self.tally.unscored)
            others = {"unscored": unscored, "aside": self.calibration.aside}
            others |= {"disagreeing": self.calibration.disagreeing, "left_out": self.calibration.left_out}
            said += [WORDS(f"note.{name}", count=count) for name, count in others.items() if count]
            drawn, total = len(self.calibration.examples), self.calibration.drawn_from
            said += [WORDS("note.drawn", drawn=drawn, total=total)] if drawn < total else []
        return [*said, *self._of_labels()]

    @property
    def refusal(self) -> str:
        """That it does not judge, and why."""
        reason = self.reason.reason if self.reason is not None else ""
        return WORDS("note.refused", what=self.what, who=self.judge.name, reason=reason)

    @property
    def matched(self) -> int:
        """How many of the labels of people are of texts that it was asked about so far."""
        return sum(decided.human is not None for decided in self.log.values())

    @property
    def drawn_by_another(self) -> bool:
        """Whether labels are of answers that were drawn by verdicts of another judge than this one.

        Then those of one verdict of its own were not drawn alike, and their labels do not speak for the others.
        """
        drawn = [entry for entry in self.log.values() if entry.human is not None and entry.id in self.seals]
        others = sum(self.seals[entry.id] != judging.sealed(entry.id, spoken(entry.verdict)) for entry in drawn)
        return others > MOST_OTHERS * len(drawn)

    def _of_labels(self) -> list[str]:
        """How many labels of people there are and match, and what is wrong where they make no rate."""
        if not self.label_kinds:
            return []
        values = {"what": self.what, "labels": len(self.labels), "matched": self.matched, "needed": LEAST_LABELS}
        if not self.labels and not self.unlabelled:
            kinds = joined(COMMA, map(Name, self.label_kinds))
            return [CHECK + WORDS("note.labels_of_others", kind=self.kind, kinds=kinds, **values)]
        said = [WORDS("note.labels", unmatched=len(self.labels) - self.matched, empty=self.unlabelled, **values)]
        if self.labels and not self.matched:
            said.append(CHECK + WORDS("note.labels_elsewhere", **values))
        elif self.matched < LEAST_LABELS:
            said.append(CHECK + WORDS("note.labels_few", **values))
        elif self.drawn_by_another:
            said.append(CHECK + WORDS("note.labels_otherwise", **values))
        return said

    def evidence(self) -> list[Evidence]:
        """Its card and what it judged, as `card.evidence` of one judge."""
        from fairwitness.probes.kit.judged import card

        return card.evidence([self])


def calibrate(
    judge: TextJudge, kind: Label, table: Table | None, phrases: Table | None = None, examples: int = EACH
) -> Calibrated:
    """A judge with its errors on a table of labelled examples (`LABELS[kind]`).

    Without a table, with few of a class, and where it is not shown to tell the classes apart it corrects nothing. Of
    published refusals those that only speak of something else are left out where `phrases` are given. A model in a chat
    is tried on `examples` of each class alone (`tried`).
    """
    if table is None:
        ways = WORDS("reason.ways", name=Name(LABELS[kind].name))
        return Calibrated(
            judge, kind, WORDS.undefined("reason.no_calibration", "validity_check", "not_interpretable", ways=ways)
        )
    aside = None
    if kind == "refusal" and phrases is not None and table.source.licence:
        rule = refusal_rule(phrases)

        def aside(example: judging.Labelled) -> bool:
            return example.label >= judging.calibration.CUT and rule.beside(example.said)

    calibration = judging.calibration_of(table, PARTS.get(kind, ()), aside=aside)
    calibration, decided = tried(judge, calibration, examples)
    tallied = judging.tally(calibration.examples, decided)
    why = _why_not(tallied)
    robust = () if why and judge.kind == "chat" else attacked(judge, kind, calibration, decided)
    return Calibrated(judge, kind, why, tallied, calibration, decided, robustness=robust)


def judges(
    ctx: Context, kind: Label, rule: TextJudge | None = None, labels: Sequence[str] = (), examples: int = EACH
) -> list[Calibrated]:
    """Who judges in this run, each calibrated: the model of --judge first, where one is named, and `rule`.

    `rule` is by default the rule of refusals or compliance; of hate there is none. A model of --judge that cannot judge
    this kind stands there with its reason, and corrects nothing.
    """
    phrases, table = ctx.data.get(PHRASES.name), ctx.data.get(LABELS[kind].name)
    if rule is None and phrases is not None and kind != "hate":
        rule = refusals(phrases) if kind == "refusal" else compliances(phrases)
    model = of_model(ctx, kind, labels)
    calibrated: list[Calibrated] = []
    if isinstance(model, Undefined):
        calibrated.append(Calibrated(Silent(), kind, model))
    elif model is not None:
        calibrated.append(calibrate(model, kind, table, phrases, examples))
    if rule is not None:
        calibrated.append(calibrate(rule, kind, table, phrases))
    others = published(ctx, kind)
    calibrated = [replace(judge, published=others) for judge in calibrated]
    if ANSWERS.name not in ctx.data:
        return calibrated
    table = ctx.data[ANSWERS.name]
    human, unlabelled = judging.labels_of(table, kind)
    kinds = tuple(sorted({str(its) for its in table.columns["kind"]}))
    seals = judging.seals_of(table, kind)
    return [replace(judge, labels=human, seals=seals, unlabelled=unlabelled, label_kinds=kinds) for judge in calibrated]


def spoken(verdict: bool | None) -> str:
    """A verdict as the table of judged answers has it: yes, no, or nothing."""
    return "" if verdict is None else str(WORDS(f"verdicts.{'yes' if verdict else 'no'}"))


@dataclass(frozen=True, slots=True)
class Silent:
    """A model of --judge that cannot judge: no text is scored."""

    kind: judging.Kind = "chat"

    @property
    def name(self) -> str:
        """What it is called."""
        return WORDS("judge.chat")

    def __call__(self, texts: Sequence[Said]) -> list[Decided]:
        """No verdict on any."""
        return [Decided(None, "silent") for _ in texts]


def _why_not(tallied: Tally) -> Undefined | None:
    missing = sum(tallied.unscored)
    if missing > (1 - LEAST_LABELLED) * tallied.total:
        return WORDS.undefined(
            "reason.unscored", "validity_check", "not_interpretable", missing=missing, total=tallied.total
        )
    return unusable(tallied.errors)
