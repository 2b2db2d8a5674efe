"""Do texts carry the mark of a key, and how often does an unmarked text of the same model seem to?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import get_args

from fairwitness.audit import reasons, stats
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun, expect
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Estimate, Metric, Picture, ScoredItems, Undefined, joined
from fairwitness.audit.requests import Generated
from fairwitness.audit.stats.unanswered import mean_if_answered
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.claims import percent_words
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.pictured import MEANS, score_means
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.words import series
from fairwitness.probes.memorization.watermark import tables
from fairwitness.probes.memorization.watermark.items import (
    CONTROL,
    KEY,
    LEAST_DRAWS,
    LEAST_TOKENS,
    OWN,
    PROMPTS,
    TEXTS,
    WORDS,
    Item,
    Set,
    Setting,
    WatermarkOptions,
    controls_of,
    setting_of,
    texts_of,
)
from fairwitness.probes.memorization.watermark.marks import Reading, Reason, corrected, reading_of

SHARE = partial(Measure, words=WORDS, unit="share", null=None, evidence=("texts",))
FALSE = Measure(
    name="false_alarms", words=WORDS, unit="share", better="lower", null=None, evidence=("settings", "controls")
)
RATES: Mapping[Set, Measure] = {
    "marked": SHARE(name="detection_rate", better="higher", tags=("own_data",)),
    "unmarked": SHARE(name="unmarked_called_marked", better="lower", tags=("own_data",)),
    "unsaid": SHARE(name="marked_share", better="none", role="description"),
}
"""Of each set of the user's texts the share that is called marked."""
MEAN_Z = Measure(name="mean_z", words=WORDS, unit="standard errors", better="none", role="description")
LEAST_JUDGED = 0.5
"""Share of a set that must be judged: of the others a pass must hold whatever they were called."""
UNANSWERED: tuple[Reason, ...] = ("unread", "no_entropy")
"""What is the model's doing, and not that of a text, of which nothing could be said whatever was answered."""
REASONS: tuple[Reason, ...] = tuple(reason for reason in get_args(Reason) if reason)


class Watermark:
    """Counts green tokens of the user's texts and of such as the model writes unmarked in the same run."""

    spec = WORDS.spec(
        name="watermark",
        family="memorization",
        needs=(("ScoreGreen", "LogLikelihood", "Generate"),),
        data=(TEXTS, KEY, PROMPTS),
    )
    options: type[Options] = WatermarkOptions
    metrics = specs_of(FALSE, *RATES.values(), MEAN_Z)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks for the texts and to write unmarked ones, then for these too. Raises DoesNotApply for an odd truth."""
        options: WatermarkOptions = ctx.options
        setting = setting_of(ctx.data[KEY])
        texts = texts_of(ctx.data[TEXTS], options.limit, ctx.seed)
        asked = controls_of(ctx.data[PROMPTS], options, ctx.seed)
        requests = chain.from_iterable(item.requests(setting) for item in texts)
        answers = yield from ask([*requests, *(item.request for item in asked if item.request is not None)])
        written = []
        for item in asked:
            said = None if item.request is None else expect(answers[item.request], Generated)
            written.append(item.written(None if said is None else said.text))
        more = yield from ask(chain.from_iterable(item.requests(setting) for item in written))
        known = {**answers, **more}
        readings = [reading_of(item, known, setting) for item in (*texts, *written)]
        return findings(ctx, Tested(setting, options.alpha, readings))


PROBE = Watermark()
PICTURE = Picture(
    kind="strip",
    caption=WORDS("picture.z"),
    score="z",
    by="texts",
    evidence=(MEANS,),
    metrics=("mean_z",),
    unit="standard errors",
    null=0.0,
    sides=(WORDS("picture.lower"), WORDS("picture.higher")),
)


@dataclass(frozen=True)
class Tested:
    """What was read of all texts."""

    setting: Setting
    alpha: float
    readings: Sequence[Reading]

    def of(self, name: Set) -> list[Reading]:
        """The readings of a set."""
        return [row for row in self.readings if row.item.set == name]

    @property
    def own(self) -> list[Reading]:
        """Those of the user's texts."""
        return [row for row in self.readings if row.item.set != CONTROL]

    def called(self) -> dict[str, bool]:
        """Whether each text that is judged is called marked, by its key."""
        marked = {key: p <= self.alpha for key, p in corrected(self.own).items()}
        return marked | {row.item.key: row.p <= self.alpha for row in self.of(CONTROL) if row.judged}


def findings(ctx: Context, tested: Tested) -> Findings:
    """Metrics, evidence and items."""
    called = tested.called()
    alarms, values = false_alarms(tested, called)
    metrics = [FALSE.metric(alarms, count=values["count"], judged=values["judged"])]
    for name in OWN:
        if tested.of(name) or name == "marked":
            metrics.append(_rate(tested, name, called, alarms, values))
    metrics += [_mean_z(ctx, tested, name) for name in (*OWN, CONTROL) if tested.of(name)]
    items = _items(tested, called)
    corrections = corrected(tested.own)
    return Findings(
        metrics=metrics,
        evidence=[
            tables.settings(tested.setting, tested.alpha),
            tables.texts(tested.own, called, corrections),
            tables.controls(tested.of(CONTROL), called),
            score_means(items, "z", by="texts"),
        ],
        notes=_notes(tested),
        items=items,
        pictures=[PICTURE],
    )


def false_alarms(tested: Tested, called: Mapping[str, bool]) -> tuple[Estimate | Undefined, dict[str, int]]:
    """The share of the model's own unmarked texts that are called marked, and the counts; exact, of those judged.

    Each is called by its own p: more alarms than a correction for many texts would leave.
    """
    judged = [row for row in tested.of(CONTROL) if row.judged]
    count = sum(called[row.item.key] for row in judged)
    values = {"count": count, "judged": len(judged)}
    if not judged:
        return reasons.invalid(WORDS("reason.no_controls", why=why(tested.of(CONTROL)))), values
    missing = sum(row.reason in UNANSWERED for row in tested.of(CONTROL))
    share = stats.exact_proportion(count, len(judged))
    return mean_if_answered(share, len(judged), missing, (0.0, 1.0)), values


def _rate(
    tested: Tested, name: Set, called: Mapping[str, bool], alarms: Estimate | Undefined, control: Mapping[str, int]
) -> Metric:
    """The share of a set that is called marked; a text of which nothing is concluded may be either."""
    group = tested.of(name)
    judged = [row for row in group if row.judged]
    count = sum(called[row.item.key] for row in judged)

    def estimate() -> Estimate | Undefined:
        if not group:
            return reasons.unasked(WORDS("reason.none"))
        if name != "unmarked":  # these are false alarms themselves, which no check takes away
            if isinstance(alarms, Undefined):
                return alarms
            if alarms.low > tested.alpha:
                return reasons.invalid(WORDS("reason.alarms", **control))
        if len(judged) < LEAST_JUDGED * len(group):
            text = WORDS("reason.unjudged", judged=len(judged), total=len(group), why=why(group))
            return reasons.invalid(text)
        share = stats.exact_proportion(count, len(judged))
        return mean_if_answered(share, len(judged), len(group) - len(judged), (0.0, 1.0))

    return RATES[name].metric(estimate(), count=count, judged=len(judged))


def _mean_z(ctx: Context, tested: Tested, name: Set) -> Metric:
    """The mean z of the texts of a set of which something is concluded."""
    group = tested.of(name)
    judged = [row.z for row in group if row.judged]
    mean: Estimate | Undefined = reasons.invalid(WORDS("reason.unjudged", judged=0, total=len(group), why=why(group)))
    if judged:
        mean = stats.mean(judged, seed=ctx.seed)
    return MEAN_Z.metric(
        mean, by={"texts": WORDS(f"labels.{name}")}, evidence=("controls",) if name == CONTROL else ("texts",)
    )


def why(readings: Sequence[Reading]) -> str:
    """Of how many texts nothing is concluded, by reason."""
    counts = Counter(row.reason for row in readings)
    least = {"short": LEAST_TOKENS, "repeated": LEAST_DRAWS}
    return series(
        WORDS(f"skipped.{name}", count=counts[name], least=least.get(name, 0)) for name in REASONS if counts[name]
    )


def _notes(tested: Tested) -> list[str]:
    setting = tested.setting
    shown = WORDS(
        "note.setting",
        key=setting.called,
        share=percent_words(setting.share),
        seeding=setting.seeding,
        width=setting.width,
        drawing=setting.drawing,
        bias=f"{setting.bias:g}",
        alpha=f"{tested.alpha:g}",
    )
    notes = [shown]
    if setting.public or setting.weak:
        notes.append(joined("", (CHECK, WORDS("note.public" if setting.public else "note.weak"))))
    mine, controls = tested.own, tested.of(CONTROL)
    if left := sum(not row.judged for row in mine):
        notes.append(WORDS("note.skipped", count=left, total=len(mine), why=why(mine)))
    if any(not row.judged for row in controls):
        judged = sum(row.judged for row in controls)
        notes.append(WORDS("note.controls", total=len(controls), judged=judged, why=why(controls)))
    return notes


def _items(tested: Tested, called: Mapping[str, bool]) -> ScoredItems:
    """Every text by its number or by its prompt; nothing of one of which nothing is concluded."""

    def of(name: Set) -> partial[float | None]:
        return partial(_called, name, called)

    return scored_items(
        [(row.item, row if row.judged else None) for row in tested.readings],
        id=_key,
        scores={
            "z": lambda row: row.z,
            FALSE.name: of(CONTROL),
            **{measure.name: of(name) for name, measure in RATES.items()},
        },
        clusters={"texts": lambda item: WORDS(f"labels.{item.set}")},
    )


def _key(item: Item) -> str:
    return item.key


def _called(name: Set, called: Mapping[str, bool], row: Reading) -> float | None:
    """Whether a text of a set is called marked; None for one of another."""
    return float(called[row.item.key]) if row.item.set == name else None
