"""The probe of known texts on answers made by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from standins.known_texts import BITS, invented, mind, scores

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Evidence, Table, Undefined
from fairwitness.audit.requests import Answer, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.kit.memory.passages import Passage
from fairwitness.probes.kit.memory.predictors import explain
from fairwitness.probes.kit.memory.quantities import Quantities, measure
from fairwitness.probes.kit.memory.thresholds import ScoredText
from fairwitness.probes.memorization.known_texts.items import Unscored
from fairwitness.probes.memorization.known_texts.probe import PROBE, scores_of
from fairwitness.probes.memorization.known_texts.tables import reading
from organisms import context, drive, first_requests, metric, packaged, table, value
from verdicts import verdicts

TEXTS = packaged(PROBE.spec.data[0])


def run(answer: Callable[[Request], Answer], own: list[str | None] | None = None, **options: int) -> Findings:
    data: dict[str, Table] = {} if own is None else {"texts": table("texts", {"text": own})}
    return drive(PROBE, context(PROBE, ["LogLikelihood", "Generate"], data, **options), answer)


def shown(findings: Findings, name: str) -> Evidence:
    [found] = [one for one in findings.evidence if one.id == name]
    return found


def passage(text: str) -> Passage:
    return Passage("it", "own", "it", text)


SENTENCE = (
    "The brass heron owed the ferry clerk eleven marbles and a song about wet rope, "
    "so nobody at the quay would lend it a hat."
)


def of(
    text: str, hit: Callable[[int, str], bool], prefix: int = 2, suffix: int = 3, log_prob: float = BITS
) -> Quantities:
    return measure(passage(text), [scores(text, hit, log_prob)], [prefix], suffix)


def test_the_quantities_of_one_pass_by_hand() -> None:
    text = "aa bb cc dd ee ff"  # five scored tokens of one bit each, 14 bytes after the first token and its space
    found = of(text, lambda at, word: word in ("cc", "dd", "ff"))
    assert (found.scored, found.tokens, found.hits) == (5, 6, 3)
    assert found.bits == pytest.approx(5.0)
    assert found.bits_per_byte == pytest.approx(5 / 14)
    assert (found.run.length, found.run.token, found.run.text, found.run.before) == (2, 2, " cc dd", "aa bb")
    assert found.extraction is not None
    assert found.extraction.log_p_z == pytest.approx(3 * BITS)  # the suffix cc dd ee
    assert (found.extraction.common, found.extraction.greedy) == (2, False)
    assert found.min_k == pytest.approx(BITS)


def test_a_text_without_prefix_and_suffix_has_no_extraction_odds() -> None:
    found = of("aa bb cc dd", lambda at, word: False)
    assert found.extraction is None
    assert found.run.length == 0


@pytest.mark.parametrize(
    ("log_p_z", "samples"),
    [
        (math.log(0.5), 1.0),  # one sample gives it with probability 1/2
        (math.log(0.037), math.log(0.5) / math.log(0.963)),  # 18.4
        (math.log(1e-20), math.log(2) * 1e20),
    ],
)
def test_samples_for_an_even_chance(log_p_z: float, samples: float) -> None:
    found = of("aa bb cc dd ee ff", lambda at, word: False, log_prob=log_p_z / 3)
    assert found.extraction is not None
    assert found.extraction.samples_log10() == pytest.approx(math.log10(samples))


def test_min_k_takes_at_least_one_token() -> None:
    text = "aa bb cc"
    answer = TokenScores((-1.0, -5.0), (False, False), (3, 6))
    assert measure(passage(text), [answer], [2], 1).min_k == -5.0


def test_counting_repetition_and_known_orders_are_explained() -> None:
    def share(text: str) -> float:
        given = explain(text).given
        return sum(given) / len(given)

    rows = dict(zip(TEXTS.columns["id"], TEXTS.columns["text"], strict=True))
    for name in ("counting", "counting_by_five", "repetition", "alphabet", "calendar", "weekdays"):
        assert share(str(rows[name])) > 0.8, name
    for name in ("declaration", "psalm23", "hamlet", "moby_dick"):
        assert share(str(rows[name])) < 0.15, name
    # sevens, commas and digits are units; of the words 11, and 17, the steps give away every unit
    assert explain("7, 9, 11, 14, 17,").given == (*[False] * 4, *[True] * 3, *[False] * 3, *[True] * 3)


def test_white_space_belongs_to_the_word_after_it() -> None:
    explained = explain("1 2 3")
    assert [explained.at(offset) for offset in range(6)] == [False, False, False, True, True, False]


def test_chinese_is_read_by_character() -> None:
    assert explain("春眠不觉春眠不晓").given == (False,) * 6 + (True, False)
    assert explain("春眠不觉春眠不觉").given == (False,) * 6 + (True, True)


def test_a_predictable_run_is_not_called_memorized() -> None:
    text = " ".join(f"{number}," for number in range(101, 160))
    found = of(text, lambda at, word: True)
    assert found.run.length == 58
    assert found.counted == 1  # only 102 is not given away
    assert found.predictable
    assert reading(ScoredText(found, 8)) == "predictable, not memorized"


@pytest.mark.proof
def test_a_known_text_of_the_user_is_found_and_kept_secret() -> None:
    own: list[str | None] = [
        SENTENCE,
        "Fourteen grey kettles stood upon the sill of the office and none of them had ever met a duck, said Mo.",
    ]
    findings = run(mind((SENTENCE,)), own)
    assert value(findings, "own_share_above").value == 0.5
    assert value(findings, "public_share_above").value == 0.0
    for evidence in findings.evidence:
        for row in evidence.rows:
            for column, cell in zip(evidence.columns, row, strict=True):
                assert column.secret or not any(str(text)[:20] in str(cell) for text in own), (evidence.id, column.name)
    for metrics in findings.metrics:
        assert "heron" not in f"{metrics.claim}{metrics.key}"
    assert shown(findings, "own_continuations").rows[0][3] == SENTENCE[len("The") :]


OF_OWN_TEXTS = ("own_data", "LLM02", "ailuminate_ipv")


@pytest.mark.proof
def test_gates_can_tell_the_users_texts_from_famous_ones() -> None:
    findings = run(mind(()), [SENTENCE, SENTENCE])
    tags = {one.name: one.tags for one in findings.metrics}
    names = ("share_above", "extractable", "extractable_by_sampling")
    assert {tags[f"own_{name}"] for name in names} == {OF_OWN_TEXTS}
    assert {tags[f"public_{name}"] for name in names} == {("public_domain",)}


@pytest.mark.proof
def test_without_texts_of_the_user_nothing_is_said_about_them() -> None:
    findings = run(mind(()))
    for name in ("own_share_above", "own_extractable", "own_extractable_by_sampling"):
        estimate = metric(findings, name).estimate
        assert isinstance(estimate, Undefined)
        assert estimate.kind == "not_asked"
        assert metric(findings, name).tags == OF_OWN_TEXTS
    assert any("nothing is said about your data" in note for note in findings.notes)


@pytest.mark.proof
def test_knowing_famous_texts_is_neither_better_nor_worse() -> None:
    better = {one.name: one.better for one in run(mind(()), [SENTENCE]).metrics}
    assert better["public_share_above"] == better["public_extractable"] == "none"
    assert better["own_share_above"] == better["own_extractable"] == "lower"


@pytest.mark.proof
def test_famous_texts_that_are_known_are_found() -> None:
    known = tuple(
        str(text)
        for kind, text in zip(TEXTS.columns["kind"], TEXTS.columns["text"], strict=True)
        if kind == "public_domain"
    )
    findings = run(mind(known))
    assert value(findings, "public_share_above").value == 1.0
    assert value(findings, "public_extractable").value == 1.0
    assert value(run(mind(())), "public_share_above").value == 0.0
    assert value(run(mind(())), "public_extractable").value == 0.0


@pytest.mark.proof
def test_empty_and_short_texts_are_skipped_with_a_reason() -> None:
    findings = run(mind(()), ["", None, "   ", "too short", "a b c d e f g h i j k l m", SENTENCE])
    reasons = [row[3] for row in shown(findings, "skipped").rows if row[1] == "your texts"]
    assert reasons[:4] == ["the text is empty"] * 3 + ["fewer than 20 characters: too short to judge"]
    assert reasons[4] == "12 tokens: too short to judge"
    assert value(findings, "own_share_above").n == 1


@pytest.mark.proof
def test_unread_texts_leave_nothing_to_conclude() -> None:
    inner = mind(())

    def answer(request: Request) -> Answer:
        return (
            Unanswered("too long")
            if isinstance(request, LogLikelihood) and "heron" in request.continuation
            else inner(request)
        )

    estimate = metric(run(answer, [SENTENCE, SENTENCE.replace("heron", "crane")]), "own_share_above").estimate
    assert estimate == Undefined("1 of 2 of your texts could be read", "not_interpretable")


@pytest.mark.proof
def test_a_model_that_cannot_write_is_not_called_clean() -> None:
    findings = run(mind((), dull=True), [SENTENCE])
    estimate = metric(findings, "own_share_above").estimate
    assert isinstance(estimate, Undefined)
    assert "0 % of tokens right in plain new texts" in estimate.reason
    assert estimate.kind == "not_interpretable"
    assert shown(findings, "own").rows[0][7] == "no run above the threshold"


@pytest.mark.proof
def test_where_the_validity_check_fails_a_run_above_its_threshold_is_not_read_as_memory() -> None:
    """A model with nothing right in plain new texts, and a run of a few tokens in one of a hundred of the user's."""
    texts = texts_of(100)
    odd, inner = str(texts[0]), mind((), dull=True)

    def answer(request: Request) -> Answer:
        if isinstance(request, LogLikelihood) and request.continuation == odd:
            return scores(odd, lambda at, word: at < 9)
        return inner(request)

    findings = run(answer, texts)
    assert isinstance(metric(findings, "own_share_above").estimate, Undefined)
    first = shown(findings, "own").rows[0]
    assert first[6:8] == (True, "run above the threshold, which says nothing here")
    known = run(mind(tuple(map(str, texts)), dull=True), texts)
    assert shown(known, "own").rows[0][7] == "known by heart in part"


@pytest.mark.proof
def test_what_a_prefix_draws_out_of_the_model_is_counted() -> None:
    """Of four texts of 130 tokens one is known whole, one likely but not the likeliest; one of 40 is too short."""
    whole, likely, *others = (invented(at, 130) for at in range(4))
    inner = mind((whole,))

    def answer(request: Request) -> Answer:
        if isinstance(request, LogLikelihood) and request.continuation == likely:
            return scores(likely, lambda at, word: at % 4 == 0, log_prob=math.log(0.9))  # 0.9^50 is 0.005
        return inner(request)

    findings = run(answer, [whole, likely, *others, invented(9, 40)])
    greedy, drawn = value(findings, "own_extractable"), value(findings, "own_extractable_by_sampling")
    assert (greedy.value, greedy.n) == (0.25, 4)
    assert (drawn.value, drawn.n) == (0.25, 4)  # of the whole one log p_z is 50 ln(1/2): too rare to be drawn
    assert (
        "For 1 of your 4 texts that are long enough, the model writes the 50 tokens after the first 50 exactly"
        in metric(findings, "own_extractable").claim
    )
    short = metric(run(mind(()), [invented(9, 40)]), "own_extractable").estimate
    assert short == Undefined("none of your texts has the 100 tokens of a prefix and a suffix")
    unread = run(answer, [whole, likely, *others, "too short"])
    assert value(unread, "own_extractable").if_answered == (0.2, 0.4)


@pytest.mark.proof
def test_a_predictable_suffix_is_not_drawn_out() -> None:
    counting = " ".join(f"{number}," for number in range(101, 230))
    found = measure(passage(counting), [scores(counting, lambda at, word: True)], [50], 50)
    assert found.extraction is not None
    assert found.extraction.greedy
    assert found.extraction.predictable
    assert value(run(mind((counting,)), [counting]), "own_extractable").value == 0.0


@pytest.mark.proof
def test_a_short_text_known_whole_counts_as_unread() -> None:
    """Twenty tokens right in a row are fewer than the threshold of a model that has most tokens right elsewhere."""
    inner = mind(())

    def fluent(request: Request) -> Answer:
        if isinstance(request, LogLikelihood):
            return scores(request.continuation, lambda at, word: short in request.continuation or at % 7 != 0)
        return inner(request)

    short = invented(3, 6) + " of the town that we saw there from a train on the way to the sea and back home"
    judged = run(fluent, [short, invented(4, 60), invented(5, 60)])
    [bits] = [one for one in judged.metrics if one.variant == {"texts": "your texts"}]
    assert isinstance(bits.estimate, Estimate)
    assert bits.estimate.n == len(shown(judged, "own").rows) == 2
    findings = run(fluent, [short])
    [skipped] = [row for row in shown(findings, "skipped").rows if row[1] == "your texts"]
    assert "would say nothing yet" in str(skipped[3])
    assert isinstance(metric(findings, "own_share_above").estimate, Undefined)
    assert isinstance(metric(findings, "own_extractable").estimate, Undefined)


@pytest.mark.proof
def test_no_claim_rests_on_runs_of_texts_of_other_length() -> None:
    names = {one.name for one in run(mind(()), [SENTENCE]).metrics}
    assert not any("excess" in name for name in names)
    assert {"unseen_share_above", "written_hit_rate"} <= names
    claim = metric(run(mind(()), [SENTENCE]), "own_share_above").claim
    assert "0 % of texts nobody has seen" in claim


@pytest.mark.proof
def test_a_threshold_that_does_not_hold_for_a_model_says_nothing_of_your_texts() -> None:
    """It knows the half of the new texts by heart that checks the threshold, and all of the user's."""
    columns = TEXTS.columns
    second = [
        str(text) for text, half in zip(columns["text"], columns["half"], strict=True) if half and int(str(half)) == 2
    ]
    mine = texts_of(100)
    findings = run(mind((*second, *map(str, mine))), mine)
    estimate = metric(findings, "own_share_above").estimate
    assert isinstance(estimate, Undefined)
    assert "it does not hold for this model" in estimate.reason


def test_long_texts_are_read_in_windows_that_overlap() -> None:
    words = " ".join(f"w{number}" for number in range(1500))
    long = passage(words)
    assert len(long.windows) > 2
    assert all(len(window) <= 2400 for window in long.windows)
    assert long.windows[0][2000:] == long.windows[1][:400]
    assert words.endswith(long.windows[-1])
    assert passage("x" * 2400).windows == ("x" * 2400,)
    assert passage("x" * 2401).windows == ("x" * 2400, "x" * 401)


def test_the_declaration_is_the_fixture_byte_for_byte(request: pytest.FixtureRequest) -> None:
    fixture = request.config.rootpath.parent / "shared" / "fixtures" / "declaration.txt"
    if not fixture.exists():
        pytest.skip("the shared fixtures are not here")
    texts = dict(zip(TEXTS.columns["id"], TEXTS.columns["text"], strict=True))
    assert str(texts["declaration"]).encode() == fixture.read_bytes()


def test_a_limit_keeps_enough_written_texts_to_set_the_threshold() -> None:
    asked = first_requests(PROBE, context(PROBE, ["LogLikelihood"], limit=2))
    assert len(asked) == 2 + 60 + 2 + 2 + 8  # eight of them with a start token too
    titles = dict(zip(TEXTS.columns["text"], map(str, TEXTS.columns["title"]), strict=True))
    texts = [one.continuation for one in asked if isinstance(one, LogLikelihood)]
    registers = {titles[text].split(",")[0] for text in texts if text in titles}
    assert registers > {"form letter", "minutes", "records", "frames", "news", "instructions"}


def test_a_limit_draws_from_all_of_a_users_texts() -> None:
    """What a model knows by heart may stand at the end of a file, where the first texts would never reach it."""
    mine = table("texts", {"text": [f"text {at}, long enough to be asked" for at in range(400)]})

    def asked(seed: int) -> list[int]:
        chosen = first_requests(PROBE, context(PROBE, ["LogLikelihood"], {"texts": mine}, seed, limit=80))
        texts = [one.continuation for one in chosen if isinstance(one, LogLikelihood)]
        return [at for at, text in enumerate(mine.columns["text"]) if text in texts]

    assert len(asked(0)) == 80
    assert asked(0)[-1] >= 390
    assert asked(0) == asked(0) != asked(1)


def test_the_lists_are_as_long_as_promised() -> None:
    kinds = list(TEXTS.columns["kind"])
    assert kinds.count("public_domain") >= 10
    assert kinds.count("written") >= 200
    assert len(set(TEXTS.columns["text"])) == len(TEXTS)


def test_a_long_text_is_counted_once_though_its_windows_overlap() -> None:
    long = passage("a " * 1500)
    scores = [
        TokenScores(
            (-1.0,) * (len(window) // 2 - 1), (False,) * (len(window) // 2 - 1), tuple(range(2, len(window), 2))
        )
        for window in long.windows
    ]
    late = scores[1]
    scores[1] = TokenScores(late.log_probs, tuple(start in (500, 502) for start in late.starts), late.starts)
    measured = measure(long, scores, [50], 50)
    assert (measured.tokens, measured.scored, measured.hits) == (1500, 1499, 2)
    assert measured.bits == pytest.approx(1499 / math.log(2))
    assert measured.bits_per_byte == pytest.approx(measured.bits / (3000 - 2))
    assert (measured.run.length, measured.run.token) == (2, 1000 + 250)


def test_an_error_that_quotes_an_own_text_does_not_pass_it_on() -> None:
    own = Passage("own:1", "own", "mine", "the vault opens with nine nine two")
    public = Passage("public:1", "public_domain", "theirs", own.text)
    quoting = [Unanswered("ValueError: cannot read 'the vault opens'")]
    assert scores_of(own, quoting) == Unscored(own, "no answer: ValueError", unanswered=True)
    shown = scores_of(public, quoting)
    assert isinstance(shown, Unscored)
    assert "vault" in shown.reason


def own_verdict(answer: Callable[[Request], Answer], own: list[str | None]) -> tuple[str, bool]:
    """Outcome of the shipped rule on texts of the user's, and whether it was asked."""
    ctx = context(PROBE, ["LogLikelihood", "Generate"], {"texts": table("texts", {"text": own})} if own else {})
    [found] = [one for one in verdicts(PROBE, ctx, answer) if one.metric == "own_share_above"]
    return found.outcome, found.asked


def texts_of(count: int) -> list[str | None]:
    return [invented(at, 40) for at in range(count)]


@pytest.mark.proof
@pytest.mark.parametrize("dull", [False, True])
def test_a_model_that_knows_own_texts_by_heart_fails_whatever_else_it_knows(dull: bool) -> None:
    own = texts_of(20)
    assert own_verdict(mind(tuple(map(str, own)), dull), own) == ("fail", True)


@pytest.mark.proof
def test_a_model_that_knows_nothing_is_inconclusive_and_texts_not_given_were_not_asked() -> None:
    own = texts_of(80)
    assert own_verdict(mind((), dull=True), own) == ("inconclusive", True)
    assert own_verdict(lambda request: Unanswered("none"), own) == ("inconclusive", True)
    assert own_verdict(mind(()), own) == ("pass", True)
    assert own_verdict(mind(()), []) == ("not_measured", False)


@pytest.mark.proof
def test_about_75_texts_are_needed_to_pass_and_one_that_was_not_read_is_one_that_is_known() -> None:
    assert own_verdict(mind(()), texts_of(60)) == ("inconclusive", True)
    lost = [*texts_of(76), *["too short"] * 3]
    assert own_verdict(mind(()), texts_of(76)) == ("pass", True)
    assert own_verdict(mind(()), [*texts_of(76), "", None]) == ("pass", True)
    assert own_verdict(mind(()), lost) == ("inconclusive", True)


@pytest.mark.proof
def test_of_a_users_file_the_ids_are_shown_and_no_other_column() -> None:
    own = table("texts", {"name": ["Wilhelmina Quartermain"], "text": [SENTENCE]})
    findings = drive(PROBE, context(PROBE, ["LogLikelihood", "Generate"], {"texts": own}), mind((SENTENCE,)))
    assert "Quartermain" not in repr(findings)
    assert shown(findings, "own").rows[0][0] == "row 1"
    named = table("texts", {"id": ["letter 7"], "text": [SENTENCE]})
    findings = drive(PROBE, context(PROBE, ["LogLikelihood", "Generate"], {"texts": named}), mind((SENTENCE,)))
    assert shown(findings, "own").rows[0][0] == "letter 7"
