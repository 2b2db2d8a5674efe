"""Whatever the round, its batches hold every request once, keep to the budget and save no work wrongly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwitness.audit.planner import plan, plan_trees
from fairwitness.audit.requests import Classify, LogLikelihood, canonical
from fairwitness.audit.subject import Size

pytestmark = pytest.mark.slow

sizes = st.lists(st.builds(Size, st.integers(0, 4), st.integers(0, 40)), max_size=40)
sentences = st.lists(st.text("ab", max_size=12), max_size=40, unique=True)


def nodes(sequences: list[tuple[int, ...]]) -> int:
    """Distinct beginnings, which are the nodes of a tree."""
    return len({sequence[:end] for sequence in sequences for end in range(1, len(sequence) + 1)})


@given(sizes, st.integers(1, 200))
def test_rows_are_asked_once_within_the_budget(costs: list[Size], budget: int) -> None:
    requests = [Classify(str(at)) for at in range(len(costs))]
    batches = plan(requests, costs, budget)
    asked = [request for batch in batches for request in batch.requests]
    assert sorted(asked, key=canonical) == sorted(requests, key=canonical)
    assert all(batch.cost <= budget or len(batch.rows) == 1 for batch in batches)
    firsts = [costs[int(request.text)].length for request in asked if isinstance(request, Classify)]
    assert firsts == sorted(firsts, reverse=True)


@given(sentences, st.integers(8, 60), st.integers(0, 20))
def test_trees_are_exact_and_within_their_limits(lines: list[str], budget: int, depth: int) -> None:
    requests = [LogLikelihood("", line) for line in lines]
    ids = {request: (0, *map(ord, request.continuation)) for request in requests}
    batches = plan_trees(requests, [(*fed, 1) for fed in ids.values()], budget, depth)
    asked = [request for batch in batches for request in batch.requests]
    assert sorted(asked, key=canonical) == sorted(requests, key=canonical)
    for batch in batches:
        sized = []
        for row in batch.rows:
            sequences = [ids[request] for request in row if isinstance(request, LogLikelihood)]
            sized.append(nodes(sequences))
            if len(row) > 1:
                assert max(map(len, sequences)) <= depth
                assert nodes(sequences) <= max(budget, 1.25 * max(map(len, sequences)))
                assert nodes(sequences) < sum(map(len, sequences))
        assert batch.cost == max(sized) * len(sized)
        assert batch.cost <= budget or len(batch.rows) == 1


@given(sentences, st.randoms(use_true_random=False))
def test_order_makes_no_difference(lines: list[str], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    both = []
    for order in (lines, shuffled):
        requests = [LogLikelihood("", line) for line in order]
        both.append(plan_trees(requests, [(0, *map(ord, line)) for line in order], 30, 20))
    assert both[0] == both[1]
