"""Where do the attention heads of a transformer look, and do they look alike at words for women and for men?"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydantic import Field, field_validator

from fairwitness.audit import stats
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun, expect
from fairwitness.audit.records import Estimate, Metric, Picture, ScoredItems, Undefined
from fairwitness.audit.requests import Answer, Attend, Attention
from fairwitness.probes.explanation.attention import tables
from fairwitness.probes.explanation.attention.contrast import SURE_PAIRS, Contrast, contrast_of
from fairwitness.probes.explanation.attention.items import WORDS, Sentence, Text, in_pairs, sentences_of
from fairwitness.probes.explanation.attention.maps import Reading, average, looks_back_only, read
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.validity import LEAST_SCORED

HEAD_NAME = re.compile(r"[1-9][0-9]{0,3}\.[1-9][0-9]{0,3}")
"""How an option names a head."""


class AttentionOptions(Options):
    """How many texts are read and how much of them is shown."""

    limit: int | None = Field(None, ge=1, description="read only this many pairs of sentences")
    heads: int = Field(20, ge=1, le=500, description="single heads that the table lists")
    maps: int = Field(6, ge=0, le=6, description="full maps that are shown")
    named: tuple[str, ...] = Field(
        (), description="heads whose maps are shown first, as LAYER.HEAD from 1: 5.3 is head 3 of layer 5"
    )

    @field_validator("named")
    @classmethod
    def _are_heads(cls, named: tuple[str, ...]) -> tuple[str, ...]:
        wrong = next((name for name in named if not HEAD_NAME.fullmatch(name)), None)
        if wrong is not None:
            raise ValueError(f"{wrong!r} is no head; write LAYER.HEAD, from 1: 5.3 is head 3 of layer 5")
        return named

    @property
    def named_heads(self) -> list[tuple[int, int]]:
        """The named heads as numbers from 0."""
        pairs = [name.split(".") for name in self.named]
        return [(int(layer) - 1, int(head) - 1) for layer, head in pairs]


GAP = Measure(
    name="group_word_gap",
    words=WORDS,
    unit="share of attention",
    scope="group",
    headline=False,
    tags=("attention",),
    evidence=("texts", "heads"),
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of every text: its measure, how it is read (None: this text has no such thing), and its lowest value."""

    measure: Measure
    read: Callable[[Reading], float | None]
    low: float = 0.0


def share(name: str, *, unit: str = GAP.unit, null: float | None = None) -> Measure:
    """A share of attention, which describes the model and is neither good nor bad."""
    return replace(GAP, name=name, unit=unit, better="none", null=null, role="description", scope="overall")


QUANTITIES = (
    Quantity(share("entropy", unit="share of even spread"), lambda reading: average(reading.entropy)),
    Quantity(share("first_token_mass"), lambda reading: average(reading.first)),
    Quantity(share("separator_mass"), lambda reading: average(reading.separator)),
    Quantity(share("previous_token_mass"), lambda reading: average(reading.previous)),
    Quantity(share("group_word_mass"), lambda reading: average(reading.group)),
    Quantity(share("group_word_excess", null=0.0), lambda reading: float(reading.group.mean()) - reading.even, low=-1),
    Quantity(share("rollout_group_word"), lambda reading: reading.rollout),
)


class AttentionProbe:
    """Asks for the attention maps of paired sentences."""

    spec = WORDS.spec(name="attention", family="explanation", needs=(("Attend",),))
    options: type[Options] = AttentionOptions
    metrics = specs_of(GAP, *(quantity.measure for quantity in QUANTITIES))

    def run(self, ctx: Context) -> ProbeRun:
        """Asks for all maps at once. Raises DoesNotApply where none can be read."""
        table = ctx.data["attention_texts"]
        sentences, wordless = sentences_of(table, ctx.options.limit)
        answers = yield [Attend(sentence.text) for sentence in sentences]
        texts = texts_of(sentences, answers, at_class="Classify" in ctx.capabilities)
        if not texts:
            raise WORDS.does_not_apply("reason.no_map", "unanswered")
        groups = list(dict.fromkeys(group for (group,) in rows_of(table, ("group",))))
        contrast = contrast_of(texts, groups, ctx.seed)
        findings = Findings(
            metrics=metrics_of(texts, groups, len(wordless) + _askable(answers), ctx.seed),
            evidence=[
                tables.texts(texts),
                *tables.heads(texts, ctx.options.heads),
                *(tables.contrasts(contrast, ctx.options.heads) if contrast else ()),
                *tables.maps(texts, ctx.options.maps, ctx.options.named_heads),
            ],
            notes=[*notes(texts, len(sentences), wordless), *_differing(contrast)],
            items=items_asked(sentences, texts),
            pictures=[SHEETS, PICTURE] if contrast else [PICTURE],
        )
        return left_out.named(findings, answers, "sentences", [sentence.row for sentence in sentences])


PICTURE = Picture(
    kind="maps",
    caption=WORDS("picture.caption"),
    evidence=("map-1", "map-2"),
)
SHEETS = Picture(
    kind="heads",
    caption=WORDS("picture.sheets"),
    evidence=("readout-1", "readout-2", "readout-difference", "map-1", "map-2"),
)
PROBE = AttentionProbe()


def _differing(contrast: Contrast | None) -> list[str]:
    """How many heads look otherwise at the words of one group, in a sentence."""
    if contrast is None:
        return []
    if contrast.pairs < SURE_PAIRS:
        return [WORDS("note.few_pairs", count=contrast.pairs, needed=SURE_PAIRS)]
    count = len(contrast.differing)
    return [WORDS("note.differing" if count else "note.alike", count=count, total=len(contrast.heads))]


def items_asked(sentences: Sequence[Sentence], texts: Sequence[Text]) -> ScoredItems:
    """Every sentence with what was read of its maps; metrics weigh pairs of sentences alike, and are no plain means."""
    by_row = {text.sentence.row: text.reading for text in texts}
    return scored_items(
        ((sentence, by_row.get(sentence.row)) for sentence in sentences),
        id=lambda sentence: f"row {sentence.row}",
        scores={f"{quantity.measure.name}_of_text": quantity.read for quantity in QUANTITIES},
        clusters={"pair": lambda sentence: sentence.pair, "group": lambda sentence: sentence.group},
    )


def texts_of(sentences: Sequence[Sentence], answers: Sequence[Answer], *, at_class: bool = False) -> list[Text]:
    """The sentences whose maps could be read; `at_class` says that answers are read at the class token."""
    texts = []
    for sentence, answer in zip(sentences, answers, strict=True):
        maps = expect(answer, Attention)
        reading = None if maps is None else read(maps, sentence.text, sentence.start, sentence.end, at_class=at_class)
        if maps is not None and reading is not None:
            texts.append(Text(sentence, maps, reading))
    return texts


def _askable(answers: Sequence[Answer]) -> int:
    """How many sentences should have been read: all, but for a few that are too long for the model and are named."""
    too_long = sum(bool(left_out.of_the_text(answer)) for answer in answers)
    return len(answers) - (too_long if too_long <= left_out.MOST * len(answers) else 0)


def metrics_of(texts: Sequence[Text], groups: Sequence[str], asked: int, seed: int) -> list[Metric]:
    """All metrics over the texts that were read; `groups` are those of all rows, `asked` how many were to be read."""
    problem = None
    if len(texts) < LEAST_SCORED * asked:
        problem = WORDS.undefined("reason.unread", "unanswered", read=len(texts), asked=asked)
    metrics = [quantity.measure.metric(problem or _mean(quantity, texts, seed)) for quantity in QUANTITIES]
    return [*metrics, _gap(texts, groups, problem, seed)]


def _mean(quantity: Quantity, texts: Sequence[Text], seed: int) -> Estimate | Undefined:
    values = [quantity.read(text.reading) for text in texts]
    present = [value for value in values if value is not None]
    if len(present) < len(values):
        return WORDS.undefined("reason.no_separator", "no_value")
    pairs = [text.sentence.pair for text in texts]
    return stats.mean(present, clusters=pairs, bounds=(quantity.low, 1.0), seed=seed, weigh="clusters")


def _gap(texts: Sequence[Text], groups: Sequence[str], problem: Undefined | None, seed: int) -> Metric:
    """The paired difference of the mass on the group word between the two groups of the texts that were asked."""
    if problem is None and len(groups) != 2:
        problem = WORDS.undefined("reason.groups", "not_asked", "not_asked", count=len(groups))
    if problem is not None:
        return GAP.metric(problem)
    first, second = groups
    pairs = in_pairs(texts, groups, lambda reading: float(reading.group.mean()))
    differences = [mine - other for mine, other in pairs]
    estimate = stats.mean(differences, bounds=(-1.0, 1.0), seed=seed)
    return GAP.metric(estimate, variant={"groups": f"{first} - {second}"}, first=first, second=second)


def notes(texts: Sequence[Text], asked: int, wordless: Sequence[int]) -> list[str]:
    """How the maps are to be read, and which sentences gave none."""
    lines = [WORDS("note.flow")]
    if looks_back_only(texts[0].maps.weights.astype(np.float64)):
        lines.append(WORDS("note.looks_back"))
    if len(texts) < asked:
        lines.append(WORDS("note.unread", count=asked - len(texts), asked=asked))
    if wordless:
        lines.append(WORDS("note.wordless", count=len(wordless), rows=left_out.listed(wordless)))
    return lines
