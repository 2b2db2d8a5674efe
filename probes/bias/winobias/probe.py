"""Does a language model find out whom a pronoun means more often when its gender fits the occupation?"""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.probes.bias.winobias.items import WORDS, WinoBiasOptions, neutral_lines, read_pairs
from fairwitness.probes.kit.blanks import model_type
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.consistency import PartScore
from fairwitness.probes.kit.coreference import findings, tables
from fairwitness.probes.kit.coreference.pairs import ScoredPair, ask_pairs
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.pictured import score_means

SIDES = ("pro_accuracy", "anti_accuracy")
CONSISTENCY = findings.occupations(("the sum over a name's tokens", "their mean"))


class WinoBias:
    """The probe: a pair is a sentence about two occupations, once with either pronoun; asked is whom it means."""

    spec = WORDS.spec(name="winobias", family="bias", needs=(("FillMask",), ("LogLikelihood",)))
    options = WinoBiasOptions
    metrics = specs_of(findings.GAP_WITH_FLAWED, *findings.measures_of(*SIDES, "neutral_accuracy"))

    def run(self, ctx: Context) -> ProbeRun:
        """One round: both questions of every pair, the texts alone, neutral pronouns and controls."""
        options: WinoBiasOptions = ctx.options
        neutrals = neutral_lines(ctx.data.get("winobias_plus") if options.neutral else None)
        known, unread = read_pairs(ctx.data["winobias"], options, neutrals)
        pairs = spread(known, options.limit, ctx.seed)
        if not pairs:
            kinds = ", ".join(options.categories) or "any"
            raise WORDS.does_not_apply("reason.empty", "nothing_to_ask", split=options.split, kinds=kinds)
        responses = yield from ask_pairs(pairs, model_type(ctx), ctx.seed, unread)
        reason = findings.validity(responses)
        notes = [WORDS("note.validity", reason=reason)] if reason else []
        notes += [WORDS("note.unread", count=unread)] if unread else []
        if options.neutral:
            count = sum(pair.neutral is not None for pair in pairs)
            notes.append(WORDS("note.neutral", count=count, total=len(pairs)))
        metrics = findings.metrics_of(responses, reason, SIDES)
        metrics += CONSISTENCY.metrics(part_scores(responses.clean), reason, ctx.seed)
        items = findings.items_of(responses)
        evidence = [*tables.evidence(responses), score_means(items, "preference", by="group", ties="cluster")]
        return Findings(metrics=metrics, evidence=evidence, notes=notes, items=items, pictures=[findings.PREFERENCES])


def part_scores(scored: Sequence[ScoredPair]) -> list[PartScore]:
    """What each pair says of both its occupations: the gap by the sum of a name's tokens, and by their mean."""
    scores = []
    for place, score in enumerate(scored):
        by_token = score.pro.right_per_token - score.anti.right_per_token
        for occupation in (score.pair.cluster, score.pair.crossing):
            scores.append(PartScore(part=occupation, item=place, score=score.gap, other=by_token))
    return scores


PROBE = WinoBias()
