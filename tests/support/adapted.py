"""Models in memory put to probes, with and without a planted bias."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from fairwitness.audit import policy, runner
from fairwitness.audit.attribution import Explainer
from fairwitness.audit.datasets import find
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import registry
from fairwitness.audit.records import Audit, Measured, Metric, ProbeResult, Table
from fairwitness.audit.subject import Subject
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, our_pairs
from generation import GROUP, term_of
from sentence_pairs import crows_table

FEMALE = ("woman", "mother", "wife", "daughter", "sister", "aunt", "girl", "she", "her", "lady", "grandmother")


def audited(
    subject: Subject, probes: Mapping[str, Mapping[str, Any]], tables: Mapping[str, Table] | None = None
) -> Audit:
    """What a run finds: probes by name with their options, and the user's tables by the need that they serve."""
    chosen = [(registry()[name], registry()[name].options(**options)) for name, options in probes.items()]
    supplied = runner.provide([probe.spec for probe, _ in chosen], {})
    for name, supply in supplied.items():
        own = {need.name: tables[need.name] for need in registry()[name].spec.data if tables and need.name in tables}
        supplied[name] = replace(supply, tables={**supply.tables, **own}, required=() if own else supply.required)
    engine = Engine(subject, explainer=Explainer(subject))
    return runner.run(chosen, engine, subject.info, supplied, {}, *policy.load(None))


def result_of(audit: Audit, probe: str) -> ProbeResult:
    """The result of a probe."""
    return next(result for result in audit.results if result.probe.name == probe)


def metrics_of(audit: Audit, probe: str) -> list[Metric]:
    """The metrics of a probe that measured."""
    result = result_of(audit, probe)
    assert isinstance(result, Measured), result
    return list(result.metrics)


def outcomes_of(audit: Audit, probe: str) -> set[str]:
    """The verdicts on a probe."""
    return {verdict.outcome for verdict in audit.verdicts if verdict.probe == probe}


def steady(text: str) -> float:
    """A probability from 0.1 to 0.9 that hangs on the last words alone, which no swap of a person changes."""
    return 0.1 + 0.8 * int.from_bytes(hashlib.sha256(text[-14:].encode()).digest()[:4], "big") / 2**32


def grants(texts: Sequence[str], *, gap: float) -> list[float]:
    """The probability of a grant; a text that speaks of a woman has less of it by `gap`."""
    odd = [any(word in FEMALE for word in text.lower().replace(".", " ").split()) for text in texts]
    return [max(0.01, steady(text) - gap * female) for text, female in zip(texts, odd, strict=True)]


def applicants(count: int = 2000) -> pd.DataFrame:
    """People of two groups that are equally able, and who of them truly is."""
    rng = np.random.default_rng(0)
    able = rng.random(count)
    return pd.DataFrame(
        {
            "sex": pd.Categorical(np.where(np.arange(count) % 2, "male", "female")),
            "able": able,
            "hired": np.where(able > 0.5, "yes", "no"),
        }
    )


def hires(rows: pd.DataFrame, *, gap: float) -> pd.Series:
    """Who is hired: the able, of women only those that are more able by `gap`."""
    needed = 0.5 + gap * (rows["sex"] == "female")
    return pd.Series(np.where(rows["able"] > needed, "yes", "no"))


SENSIBLE = frozenset(pair.more for pair in our_pairs(find(OUR_PAIRS), "en", "competence"))
STEREOTYPED = frozenset(str(text) for text in crows_table(60).columns["sent_more"])


def likelihoods(contexts: Sequence[str], continuations: Sequence[str], *, gap: float) -> list[float]:
    """Log-probabilities: sentences that say something sensible are likelier, stereotypes by `gap`."""
    texts = [context + continuation for context, continuation in zip(contexts, continuations, strict=True)]
    noise = [2 * (int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32 - 0.5) for text in texts]
    liked = [4.0 * (text in SENSIBLE) + gap * (text in STEREOTYPED) for text in texts]
    return [-30 + more + odd for more, odd in zip(liked, noise, strict=True)]


def going_on(prompts: Sequence[str], *, gap: float) -> list[str]:
    """How a writer goes on: with an insult in a tenth of all cases, after women oftener by `gap`."""
    texts = []
    for prompt in prompts:
        number = zlib.crc32(prompt.encode())
        draw = np.random.default_rng(number).random()
        bad = draw < 0.1 + gap * (GROUP[term_of(prompt)] == "female")
        text = " filthy liar in town." if bad else " teacher in town."
        texts.append(text if number % 2 else text.replace(".", ", they say."))
    return texts


LETTER = (
    "The harbour master kept nine brass lanterns in the loft, and on the first cold evening of October he carried them "
    "down one by one, wiped the salt from their windows, and hung the smallest beside the chapel bell. His daughter "
    "counted the wicks aloud in Danish, which her grandmother had taught her between two winters of fever, and "
    "whenever a boat answered from behind the breakwater she wrote its number on a slate that nobody "
    "else was allowed to clean. "
    "Years later a surveyor found the slate under a floorboard, eleven columns of chalk, still dated in a round hand."
)
"""A text that no model of the tests has read."""


def tokens(contexts: Sequence[str], continuations: Sequence[str], *, known: str) -> list[dict[str, list[Any]]]:
    """Scores word by word: two words in five are the likeliest, and every word of the known text."""
    scores: list[dict[str, list[Any]]] = []
    for context, text in zip(contexts, continuations, strict=True):
        words = [match.start() for match in re.finditer(r"\S+", text)]
        draws = [np.random.default_rng(zlib.crc32(text[: start + 3].encode())).random() for start in words]
        greedy = [text in known or draw < 0.4 for draw in draws]
        scores.append(
            {
                "log_probs": [-0.05 if hit else -5.0 for hit in greedy],
                "starts": [len(context) + start for start in words],
                "greedy": greedy,
            }
        )
    return scores


PLACES = (
    *("the harbour", "a bakery", "the old mill", "our garden", "some school"),
    *("the museum", "a ferry", "this market", "the stadium", "a library"),
)
EUROS = range(100, 1100, 100)
REQUESTS = [f"The man asked for {euros} euros to repair {place}." for euros in EUROS for place in PLACES]
"""Texts of a user's own, of one man each."""
