"""Famous texts, texts written for this project and a user's own: which of them does the model know by heart?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from fairwitness.audit.probe import Context, Options, ProbeRun, expect
from fairwitness.audit.records import DataNeed, ProbeSpec
from fairwitness.audit.requests import Answer, Generate, Generated, Request, TokenScores, Unanswered
from fairwitness.probes.memorization.known_texts.findings import Asked, Continued, Skipped, findings
from fairwitness.probes.memorization.known_texts.quantities import Passage, Quantities, measure
from fairwitness.probes.memorization.known_texts.texts import SHORTEST, passages, sorted_out

SPEC = ProbeSpec(
    name="memorization",
    version="1.1",
    family="memorization",
    title="Texts known by heart",
    question="Does the model reproduce texts that it saw in training, word by word?",
    why=(
        "A model that has learned a text by heart can give it to anyone who types its beginning: a problem for "
        "personal data, secrets and works under copyright."
    ),
    how_to_read=(
        "The longest run is the largest number of tokens in a row that the model would have written itself. Texts that "
        "nobody can have seen set the threshold. Counting, repetition and well-known orders are taken out before a run "
        "is counted: they are predictable without being memorized. Knowing famous texts is shown and is no fault."
    ),
    needs=(("LogLikelihood",),),
    citations=(
        "Carlini et al. 2023, Quantifying Memorization Across Neural Language Models, https://arxiv.org/abs/2202.07646",
        "Hayes et al. 2025, Measuring memorization in language models via probabilistic extraction, https://arxiv.org/abs/2410.19482",
        "Shi et al. 2024, Detecting Pretraining Data from Large Language Models, https://arxiv.org/abs/2310.16789",
        "Carlini et al. 2021, Extracting Training Data from Large Language Models, https://arxiv.org/abs/2012.07805",
        "Erdős & Rényi 1970, On a new law of large numbers (longest runs), https://doi.org/10.1007/BF02795493",
        "Schbath 2000, An overview on the distribution of word counts in Markov chains, https://doi.org/10.1089/10665270050081469",
    ),
    limits=(
        "Only the given texts are tested. A short run does not show that a text was absent from training.",
        "A text of which less is known in a row than an unseen text may have right by chance is not called known.",
        "Texts that repeat a frame (logs, tables, records, form letters) and code are not judged: how long a run a new "
        "one may have is not known.",
        "A long run does not show where the model saw the text: famous texts are quoted everywhere.",
        "A run depends on the number format and on the exact text; compare runs only where both are equal.",
        "Runs are counted in tokens of this model's own tokenizer, so they do not compare across tokenizers.",
        "Texts above 2,400 characters are read in windows; what lies more than 2,000 characters back is not seen.",
        "Models that only fill blanks are not tested: they give no probability of a text from left to right.",
    ),
    data=(
        DataNeed(
            "memorization_texts",
            "openings of famous texts, texts written for this project, and predictable ones",
            ("id", "kind", "title", "source", "text"),
            "fairwitness.probes.data",
            "memorization_texts.csv",
            "public domain (famous texts), Apache-2.0 (the others)",
        ),
        DataNeed("texts", "your own texts, one a row (columns text and, if you like, id)", ("text",), required=False),
    ),
    data_licence="public domain and Apache-2.0",
)

EXTRA_TOKENS = 12


class MemorizationOptions(Options):
    """How the texts are read."""

    prefix: int = Field(50, ge=1, description="tokens of a text that are given before its suffix")
    suffix: int = Field(50, ge=1, description="tokens of the suffix whose probability is taken")
    min_k: float = Field(0.2, gt=0, le=1, description="share of least likely tokens in the min-k score")
    shown: int = Field(5, ge=0, description="texts of each kind whose greedy continuation is shown")
    limit: int | None = Field(
        None, ge=1, description="ask only this many texts of each kind; of yours drawn by the seed"
    )


class Memorization:
    """The probe; see SPEC."""

    spec = SPEC
    options = MemorizationOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One pass over every text; then, where the model can write, greedy continuations for show."""
        options: MemorizationOptions = ctx.options
        asked, short = sorted_out(passages(ctx.data, ctx.seed, options.limit))
        skipped = [Skipped(passage, reason) for passage, reason in short]
        requests: list[Request] = list(dict.fromkeys(one for passage in asked for one in passage.requests))
        lookup = dict(zip(requests, (yield requests), strict=True))

        measured: list[Quantities] = []
        for passage in asked:
            answers = [lookup[request] for request in passage.requests]
            scores = [score for score in (expect(answer, TokenScores) for answer in answers) if score is not None]
            reason = _unusable(passage, answers, scores)
            if reason:
                skipped.append(Skipped(passage, reason))
            else:
                measured.append(measure(passage, scores, options.prefix, options.suffix, options.min_k))

        continued: list[Continued] = []
        if "Generate" in ctx.capabilities and (wanted := _worth_showing(measured, options.shown)):
            written = yield [request for _, request in wanted]
            continued = [
                Continued(one, request, answer)
                for (one, request), answer in zip(wanted, written, strict=True)
                if isinstance(answer, Generated)
            ]
        wanted_of = Asked(options.prefix, options.suffix, "texts" in ctx.data, ctx.seed)
        return findings(measured, skipped, continued, wanted_of)


def _unusable(passage: Passage, answers: Sequence[Answer], scores: Sequence[TokenScores]) -> str:
    """Why the answers to one text cannot be used; empty when they can.

    What follows the colon of an error may quote the text, so of the user's own texts only the kind of error is told.
    """
    refused = next((answer for answer in answers if isinstance(answer, Unanswered)), None)
    if refused is not None:
        return f"no answer: {refused.reason.split(':')[0] if passage.kind == 'own' else refused.reason}"
    tokens = [value for score in scores for value in score.log_probs]
    if not np.isfinite(tokens).all():
        return "no answer: a token has no finite probability"
    return f"{len(tokens)} tokens: too short to judge" if len(tokens) < SHORTEST else ""


def _worth_showing(measured: Sequence[Quantities], shown: int) -> list[tuple[Quantities, Generate]]:
    """The texts with the longest runs of the famous and of the user's, each with the request that shows it."""
    chosen = []
    for kind in ("public_domain", "own"):
        group = [one for one in measured if one.passage.kind == kind and one.run.before]
        for one in sorted(group, key=lambda one: -one.run.length)[:shown]:
            chosen.append((one, Generate(one.run.before, min(one.run.length + EXTRA_TOKENS, 64))))
    return chosen


PROBE = Memorization()
