"""Which gender does a translation give people, where the source says it and where it leaves it open?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Literal

from pydantic import Field, field_validator

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun, expect
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Metric, Name, Picture, ScoredItems
from fairwitness.audit.requests import Answer, Generated, Request
from fairwitness.probes.bias.translation_gender import estimators
from fairwitness.probes.bias.translation_gender.asking import (
    INSTRUCTION,
    LANGUAGE,
    MOST_OF_CONTROLS,
    PLAIN,
    SOURCE,
    TASK,
    Answered,
    Manner,
    answered,
    translated,
)
from fairwitness.probes.bias.translation_gender.estimators import Estimated
from fairwitness.probes.bias.translation_gender.items import GENDERS, LANGUAGES, WORDS, Item, Material, material_of
from fairwitness.probes.bias.translation_gender.results import AllResults, Results
from fairwitness.probes.bias.translation_gender.tables import evidence_of
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.chat import prompts_tried
from fairwitness.probes.kit.competence import share_right
from fairwitness.probes.kit.measures import Measure, description, specs_of
from fairwitness.probes.kit.occupations import OCCUPATIONS
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED
from fairwitness.probes.kit.words import series

TAGS = ("extrinsic",)
BEHIND = ("occupations", "examples")
RIGHT = partial(Measure, words=WORDS, unit="share", better="higher", null=None, role="competence", evidence=BEHIND)
GAP = partial(Measure, words=WORDS, unit="difference of shares", tags=TAGS, evidence=BEHIND)
ACCURACY = RIGHT(name="accuracy")
GENDER_GAP = GAP(name="gender_gap")
STEREOTYPE_GAP = GAP(name="stereotype_gap")
WRITTEN_ACCURACY = RIGHT(name="written_accuracy", headline=False)
WRITTEN_GENDER_GAP = GAP(name="written_gender_gap", headline=False)
WRITTEN_STEREOTYPE_GAP = GAP(name="written_stereotype_gap", headline=False)
OPEN_SHARE = description("open_share", WORDS, "share", tags=TAGS, evidence=("occupations", "open"))
WRITTEN_OPEN_SHARE = description("written_open_share", WORDS, "share", tags=TAGS, evidence=("occupations", "open"))
OPEN_SLOPE = Measure(
    name="open_slope", words=WORDS, unit="nats (0 % to 100 % women)", better="none", role="description",
    headline=False, tags=TAGS, evidence=("occupations", "open"),
)  # fmt: skip
UNREAD = description("unread_share", WORDS, "share", evidence=("examples",))
CONTROLS = RIGHT(name="control_accuracy", evidence=("controls",), headline=False)
WORDS_RIGHT = RIGHT(name="plain_accuracy", evidence=("plain",), headline=False)
BY_GENDER = Picture(kind="dots", caption=WORDS("picture.caption"), metrics=("accuracy",), compared=("gender_gap",))
Language = Literal["es", "fr", "de"]


class TranslationOptions(Options):
    """Into which languages, how the model is asked, and how much."""

    languages: tuple[Language, ...] = Field((), description=WORDS("options.languages"))
    prompt: str = Field("", description=WORDS("options.prompt", source=SOURCE, language=LANGUAGE))
    written: bool = Field(True, description=WORDS("options.written"))
    limit: int | None = Field(None, ge=2, description=WORDS("options.limit"))

    @field_validator("prompt")
    @classmethod
    def _has_a_place(cls, prompt: str) -> str:
        if prompt and SOURCE not in prompt:
            raise ValueError(WORDS("options.no_place", source=SOURCE))
        return prompt


class TranslationGender:
    """Plain sentences first, to see into which languages the model translates; then all else in these."""

    spec = WORDS.spec(
        name="translation_gender",
        family="bias",
        needs=(("Generate", "LogLikelihood"),),
        data=("translation_sentences", "translation_occupations", OCCUPATIONS),
    )
    options: type[Options] = TranslationOptions
    metrics = specs_of(
        *(ACCURACY, GENDER_GAP, STEREOTYPE_GAP, WRITTEN_ACCURACY, WRITTEN_GENDER_GAP, WRITTEN_STEREOTYPE_GAP),
        *(OPEN_SHARE, WRITTEN_OPEN_SHARE, OPEN_SLOPE, UNREAD, CONTROLS, WORDS_RIGHT),
    )

    def run(self, ctx: Context) -> ProbeRun:
        """Two rounds. Raises DoesNotApply for a model that is seen to translate into none of the languages."""
        options: TranslationOptions = ctx.options
        materials = {code: material_of(ctx, code) for code in options.languages or LANGUAGES}
        prompts = yield from prompts_tried(
            ctx, ctx.options.prompt, tasks=(PLAIN, TASK), instruction=INSTRUCTION, otherwise=TASK
        )
        manners = [Manner(*prompt) for prompt in prompts]
        trials = {
            (code, manner): [manner.written(control.source, code, MOST_OF_CONTROLS) for control in material.plain]
            for code, material in materials.items()
            for manner in manners
        }
        answers = yield from ask(request for requests in trials.values() for request in requests)
        best = {code: _best(material, trials, answers, manners) for code, material in materials.items()}
        wanted = list(materials) if options.languages else _understood(best, answers)
        requests = {
            code: _requests(materials[code].items, best[code][0], code, written=options.written) for code in wanted
        }
        answers |= yield from ask(request for asked in requests.values() for request in asked)
        results = {
            code: Results(
                material=materials[code],
                manner=best[code][0],
                rows=answered(materials[code].items, answers, best[code][0], code, written=options.written),
                translated=best[code][1],
                written=options.written,
                seed=ctx.seed,
            )
            for code in wanted
        }
        written = {(code, control.source): _text(answers, best[code][0], control.source, code)
                   for code in wanted for control in materials[code].plain}  # fmt: skip
        return Findings(
            metrics=list(_metrics(results)),
            evidence=evidence_of(results, written),
            notes=_notes(results, best),
            items=_items(results),
            pictures=[BY_GENDER],
        )


PROBE = TranslationGender()
Best = tuple[Manner, list[bool | None]]
"""How the model is asked, and of each plain sentence whether it was translated; None without an answer."""


def _best(
    material: Material,
    trials: Mapping[tuple[str, Manner], Sequence[Request]],
    answers: Mapping[Request, Answer],
    manners: Sequence[Manner],
) -> Best:
    """The manner in which most plain sentences are translated into a language, the first of equal ones."""

    def read(manner: Manner) -> list[bool | None]:
        requests = trials[material.language, manner]
        return [
            translated(control, answers[request]) for control, request in zip(material.plain, requests, strict=True)
        ]

    results = [(manner, read(manner)) for manner in manners]
    return max(results, key=lambda result: result[1].count(True))


def _understood(best: Mapping[str, Best], answers: Mapping[Request, Answer]) -> list[str]:
    """The languages into which the model translates; all of them where it did not answer, so that this is measured."""
    silent = sum(expect(answer, Generated) is None for answer in answers.values())
    if silent > (1 - LEAST_SCORED) * len(answers):
        return list(best)
    known = [code for code, (_, right) in best.items() if right.count(True) >= LEAST_RIGHT * len(right)]
    if not known:
        counts = series(
            WORDS(
                "absent.language", right=right.count(True), total=len(right), language=WORDS.labelled(LANGUAGES[code])
            )
            for code, (_, right) in best.items()
        )
        raise WORDS.does_not_apply("absent.no_translator", "model_lacks", counts=counts)
    return known


def _requests(items: Sequence[Item], manner: Manner, code: str, *, written: bool) -> list[Request]:
    requests: list[Request] = []
    for item in items:
        requests += manner.scored(item, code)
        if written and item.job is not None:
            requests.append(manner.written(item.source, code))
    return requests


def _text(answers: Mapping[Request, Answer], manner: Manner, source: str, code: str) -> str | None:
    said = expect(answers[manner.written(source, code, MOST_OF_CONTROLS)], Generated)
    return None if said is None else said.text


def _metrics(results: AllResults) -> Iterator[Metric]:
    """What is measured in each language; what is claimed of one holds for all of them together (Holm)."""
    for part in results.values():
        yield from _accuracies(part, ACCURACY, estimators.right, part.untold or part.invalid)
    yield from _gaps(GENDER_GAP, results, lambda part: part.gap(estimators.right, "gender", part.untold))
    yield from _gaps(STEREOTYPE_GAP, results, lambda part: part.gap(estimators.right, "stereotype", part.untold))
    yield from _gaps(OPEN_SLOPE, results, lambda part: part.slope())
    for part in results.values():
        yield _of(part, OPEN_SHARE, part.share(part.of("open"), estimators.women, part.untold or part.invalid))
    yield from _written({code: part for code, part in results.items() if part.written})
    for part in results.values():
        yield _of(part, CONTROLS, _share_right([row.right for row in part.of("control")]))
        yield _of(part, WORDS_RIGHT, _share_right(part.translated))


def _written(results: AllResults) -> Iterator[Metric]:
    """The same of the translations that the model writes, and how many of these cannot be read."""
    read = estimators.written_right
    for part in results.values():
        yield from _accuracies(part, WRITTEN_ACCURACY, read, part.unread or part.invalid)
    yield from _gaps(WRITTEN_GENDER_GAP, results, lambda part: part.gap(read, "gender", part.unread))
    yield from _gaps(WRITTEN_STEREOTYPE_GAP, results, lambda part: part.gap(read, "stereotype", part.unread))
    for part in results.values():
        reason = part.unread or part.invalid
        yield _of(part, WRITTEN_OPEN_SHARE, part.share(part.of("open"), estimators.women_written, reason))
        yield _of(part, UNREAD, part.share(part.of("stated"), estimators.unread, part.no_translator))


def _accuracies(part: Results, measure: Measure, read: estimators.Read, reason: str) -> Iterator[Metric]:
    """Overall, of women and of men."""
    yield _of(part, measure, part.share(part.of("stated"), read, reason), place="")
    for gender in GENDERS:
        share = part.share(part.of("stated", gender), read, reason)
        place = WORDS("place.gender", gender=WORDS.labelled(gender))
        yield _of(part, measure, share, by={"gender": gender}, place=place)


def _gaps(measure: Measure, results: AllResults, estimate: Callable[[Results], Estimated]) -> list[Metric]:
    estimates = {code: estimate(part) for code, part in results.items()}
    groups = {"by": {"gender": "women"}, "against": "men"} if measure.name.endswith("gender_gap") else {}
    return measure.of_each(estimates, lambda code: {**_variant(results[code]), **groups})


def _of(part: Results, measure: Measure, estimate: Estimated, **values: object) -> Metric:
    return measure.metric(estimate, **_variant(part), **values)  # type: ignore[arg-type]


def _variant(part: Results) -> dict[str, object]:
    return {"variant": {"language": part.language}, "language": part.language}


def _share_right(values: Sequence[float | None]) -> Estimated:
    known = [value for value in values if value is not None]
    return share_right(round(sum(known)), len(known), len(values))


def _items(results: AllResults) -> ScoredItems:
    """Every sentence about an occupation, by language, occupation, sentence and gender."""
    rows = [(row.item, part.material.language, row) for part in results.values() for row in part.rows]
    about = [((item, code), row if row.log_odds is not None else None) for item, code, row in rows if item.job]
    return scored_items(
        about,
        id=lambda key: ", ".join((key[1], key[0].occupation, key[0].family, key[0].gender or "")).removesuffix(", "),
        scores={"right": _right_where_stated, "log_odds": lambda row: row.log_odds},
        clusters={
            "language": lambda key: key[1],
            "occupation": lambda key: key[0].occupation,
            "family": lambda key: key[0].family,
            "gender": lambda key: key[0].gender or "",
        },
    )


def _right_where_stated(row: Answered) -> float | None:
    return None if row.item.gender is None else row.right


def _notes(results: AllResults, best: Mapping[str, Best]) -> list[str]:
    """How the model was asked, into which languages it was not, what is missing and why nothing is concluded."""
    notes = []
    for part in results.values():
        language = WORDS.labelled(part.language)
        notes.append(WORDS("note.manner", language=language, prompt=Name(repr(part.manner.prompt))))
        if lost := sum(row.log_odds is None for row in part.rows):
            notes.append(CHECK + WORDS("note.lost", missing=lost, total=len(part.rows), language=language))
        reasons = [part.untold or part.invalid, part.unread if part.written else ""]
        notes += [
            WORDS("note.validity", language=language, reason=reason) for reason in dict.fromkeys(reasons) if reason
        ]
    for code, (_, right) in best.items():
        if code not in results:
            language = WORDS.labelled(LANGUAGES[code])
            notes.append(WORDS("note.not_asked", language=language, right=right.count(True), total=len(right)))
    return notes
