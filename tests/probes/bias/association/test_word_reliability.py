"""Reliability of the associations of words: what sets words apart holds over attribute words, and noise does not."""

from __future__ import annotations

import numpy as np
import pytest

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.language.association_effect import Similarities
from fairwitness.probes.bias.association.items import CONTROL, read_lists
from fairwitness.probes.bias.association.measures import reliability
from fairwitness.probes.bias.association.probe import WEAT
from fairwitness.probes.bias.association.results import Result, with_words
from organisms import packaged


def _results(lean: float) -> list[Result]:
    """Each target word leans for itself by SD `lean` beside all attribute words, with noise of SD 1 in each pair."""
    rng, found = np.random.default_rng(1), []
    for test in read_lists(packaged(WEAT.spec.data[0]))[0]:
        if test.topic == CONTROL:
            continue
        x, y, a, b = (len(one.words) for one in test.sets)
        side = np.repeat([0.5, -0.5], [a, b])
        cosines = rng.normal(0, lean, (x + y, 1)) * side + rng.normal(0, 1, (x + y, a + b))
        near = Similarities(cosines, x, a)
        words = [*test.x.words, *test.y.words]
        found.append(with_words(Result(test, Undefined("not here")), near, words, 0))
    return found


def test_words_that_differ_are_told_apart_and_noise_is_not() -> None:
    apart, noise = (reliability(_results(lean), 0, None).estimate for lean in (3.0, 0.0))
    assert isinstance(apart, Estimate)
    assert isinstance(noise, Estimate)
    assert apart.low > 0.9
    assert noise.low < 0.1


def test_contrasts_pair_the_attribute_words_and_leave_out_what_all_targets_share() -> None:
    near = Similarities(np.array([[3.0, 1.0, 0.0, 0.0, 9.0], [1.0, 1.0, 0.0, 2.0, 9.0]]), 1, 2)
    assert near.contrasts == pytest.approx(np.array([[1.0, 1.0], [-1.0, -1.0]]))
