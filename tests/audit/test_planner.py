"""Batches: what the packing of a small round must be, worked out by hand."""

from __future__ import annotations

from fairwitness.audit import planner
from fairwitness.audit.planner import plan, plan_continuations, plan_texts, plan_trees
from fairwitness.audit.requests import Classify, Generate, LogLikelihood, PseudoLogLikelihood
from fairwitness.audit.subject import Size


def texts(batches: list[planner.Batch]) -> list[list[str]]:
    return [[request.text for request in batch.requests if isinstance(request, Classify)] for batch in batches]


def test_packs_longest_first_under_the_budget() -> None:
    lengths = {"a": 10, "b": 2, "c": 9, "d": 3, "e": 3}
    batches = plan([Classify(name) for name in lengths], [Size(1, length) for length in lengths.values()], budget=20)
    # 2 x 10 = 20 is full; then 3 rows of at most 3 tokens are 9
    assert texts(batches) == [["a", "c"], ["d", "e", "b"]]
    assert [batch.cost for batch in batches] == [20, 9]


def test_counts_the_rows_of_a_request() -> None:
    batches = plan([Classify("a"), Classify("b"), Classify("c")], [Size(3, 4), Size(2, 4), Size(1, 4)], budget=16)
    # 3 rows + 2 rows of 4 tokens are 20 > 16
    assert texts(batches) == [["a"], ["b", "c"]]


def test_what_is_larger_than_the_budget_goes_alone_and_first() -> None:
    batches = plan([Classify("a"), Classify("b"), Classify("c")], [Size(1, 5), Size(1, 50), Size(1, 5)], budget=10)
    assert texts(batches) == [["b"], ["a", "c"]]


def test_unanswerable_requests_stand_apart_at_the_end() -> None:
    batches = plan([Classify("a"), Classify("b"), Classify("c")], [Size(0, 0), Size(1, 5), Size(0, 0)], budget=100)
    assert texts(batches) == [["b"], ["a", "c"]]
    assert batches[1].cost == 0


def trees(sentences: list[str], budget: int = 512, depth: int = 64) -> list[tuple[list[list[str]], int]]:
    requests = [LogLikelihood("", sentence) for sentence in sentences]
    ids = [(0, *map(ord, sentence), 1) for sentence in sentences]  # the last is scored, not fed
    return [
        ([[one.continuation for one in row if isinstance(one, LogLikelihood)] for row in batch.rows], batch.cost)
        for batch in plan_trees(requests, ids, budget, depth)
    ]


def test_sequences_that_begin_alike_become_one_tree() -> None:
    # start token + "the cat ran" is 12 nodes, "sat" adds 3; "who" shares the start token and adds 3
    assert trees(["the cat sat", "who", "the cat ran"]) == [([["the cat ran", "the cat sat", "who"]], 18)]


def test_what_shares_nothing_stands_apart() -> None:
    requests = [LogLikelihood("", word) for word in ("one", "two")]
    [batch] = plan_trees(requests, [tuple(map(ord, request.continuation)) for request in requests], 512, 64)
    assert [len(row) for row in batch.rows] == [1, 1]


def test_a_long_beginning_is_shared_even_where_it_exceeds_the_budget() -> None:
    context = "a long story, " * 10
    ids = [(0, *map(ord, context + letter), 1) for letter in "ABC"]
    [batch] = plan_trees([LogLikelihood(context, letter) for letter in "ABC"], ids, 100, 512)
    # 141 nodes of the context and one for each letter
    assert (len(batch.rows), batch.cost) == (1, 144)


def test_what_begins_another_costs_nothing() -> None:
    assert trees(["abcdef", "abc", "abcd"]) == [([["abc", "abcd", "abcdef"]], 7)]


def test_no_tree_is_deeper_than_the_limit() -> None:
    assert trees(["abcdef", "abcdeg", "abc"], depth=6) == [([["abcdef"], ["abcdeg"], ["abc"]], 21)]


def test_what_differs_in_its_last_token_alone_is_fed_once() -> None:
    requests = [LogLikelihood("which? ", letter) for letter in "ABCD"]
    [batch] = plan_trees(requests, [(0, 5, 6, ord(request.continuation)) for request in requests], 512, 64)
    assert (len(batch.rows), len(batch.requests), batch.cost) == (1, 4, 3)


def test_trees_are_cut_where_least_is_repeated() -> None:
    # three of the four are 27 nodes and would fit, but a cut before the last repeats 13 tokens, between the pairs 5
    sentences = ["the cat sat on", "the cat sat up", "the dog sat on", "the dog sat up"]
    batches = trees(sentences, budget=28)
    assert [rows for rows, _ in batches] == [[sentences[:2]], [sentences[2:]]]


def test_the_order_of_the_requests_is_of_no_consequence() -> None:
    requests = [LogLikelihood("", word) for word in ("one", "on", "two", "onto", "twofold")]
    ids = [(0, *map(ord, request.continuation)) for request in requests]
    forth = plan_trees(requests, ids, 40, 64)
    assert plan_trees(requests[::-1], ids[::-1], 40, 64) == forth
    sizes = [Size(1, len(request.continuation)) for request in requests]
    assert plan(requests[::-1], sizes[::-1], 10) == plan(requests, sizes, 10)


def test_the_variants_of_a_text_stand_in_one_row() -> None:
    words = ["long text", "b", "a"]
    requests = [PseudoLogLikelihood(word) for word in words] + [PseudoLogLikelihood(word, "original") for word in words]
    sizes = [Size(len(one.text), len(one.text)) for one in requests]
    batches = plan_texts(requests, sizes, budget=81)
    rows = [
        [[one.text for one in row if isinstance(one, PseudoLogLikelihood)] for row in batch.rows] for batch in batches
    ]
    assert rows == [[["long text"] * 2], [["a"] * 2, ["b"] * 2]]
    assert [batch.cost for batch in batches] == [81, 2]
    assert plan_texts(requests[::-1], sizes[::-1], budget=81) == batches


def test_prompts_that_begin_alike_stand_together() -> None:
    rules = "Be kind and short, and say only what is written here, whatever is asked of you. "
    requests = [Generate(f"{rules}{question}", 5) for question in ("Who?", "What is it?", "When?")]
    requests += [Generate("Once", 5, 1.0, seed) for seed in range(2)] + [Generate("Ones", 5), Generate("", 5)]
    sizes = [Size(1, len(one.prompt) + one.max_tokens) if one.prompt else Size(0, 0) for one in requests]
    batches = plan_continuations(requests, sizes, 36)  # three rows of the longest
    asked = [[request.prompt for request in batch.requests if isinstance(request, Generate)] for batch in batches]
    assert asked == [
        [f"{rules}{question}" for question in ("What is it?", "When?", "Who?")],
        ["Once"] * 2 + ["Ones"],
        [""],
    ]
    assert [batch.cost for batch in batches] == [3 * sizes[1].length, 27, 0]
    assert plan_continuations(requests[::-1], sizes[::-1], 36) == batches
