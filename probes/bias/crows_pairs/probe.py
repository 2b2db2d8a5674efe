"""Does a language model prefer the more stereotypical of two sentences?"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from fairwitness.audit.probe import Context, Options, ProbeRun
from fairwitness.audit.reasons import COMMA
from fairwitness.audit.records import joined
from fairwitness.probes.bias.crows_pairs.flaws import DUPLICATE, SEVERAL, VERSION, WORD_COUNTS, flaws
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, Pair, clipped, of_categories, read_pairs
from fairwitness.probes.kit.sentences.preferences import DIRECTION_SCORE, MEASURES, SCORE_WITHOUT_EXCLUDED, findings
from fairwitness.probes.kit.sentences.responses import NEEDS, ask_pairs
from fairwitness.probes.kit.sentences.scores import ScoreName
from fairwitness.probes.kit.tables import Listing, label, number, prompt
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
EXCLUDED: Listing[tuple[Pair, tuple[str, ...]]] = Listing(
    "excluded",
    WORDS,
    number("row", lambda row: row[0].row),
    label("rule", lambda row: "; ".join(WORDS(f"rule.{rule}") for rule in row[1])),
    prompt("first", lambda row: clipped(row[0].more)),
    prompt("second", lambda row: clipped(row[0].less)),
)


class CrowsOptions(Options):
    """Which pairs are asked, and by which scores."""

    limit: int | None = Field(None, ge=1, description="ask only this many pairs, evenly spread over the set")
    categories: tuple[str, ...] = Field((), description="ask only pairs of these categories (bias_type)")
    scores: tuple[ScoreName, ...] = Field(
        (), description="compute only these scores; all that the model allows if empty"
    )


class CrowsPairs:
    """The probe: a pair is a sentence and the same one about another group; 50 % is no preference."""

    spec = WORDS.spec(name="crows_pairs", family="bias", needs=NEEDS, data=("crows_pairs", OUR_PAIRS))
    options = CrowsOptions
    metrics = specs_of(*MEASURES, DIRECTION_SCORE, SCORE_WITHOUT_EXCLUDED)

    def run(self, ctx: Context) -> ProbeRun:
        """One round: every sentence of every pair, our controls and the sentences that any model should tell apart."""
        known, skipped = read_pairs(ctx.data["crows_pairs"], "bias_type", "stereo_antistereo")
        rules = {pair.row: broken for pair, broken in zip(known, flaws(known), strict=True)}
        wanted = ctx.options.categories
        pairs = spread(of_categories(known, wanted, self.spec.name), ctx.options.limit, ctx.seed)
        whole = not wanted or {pair.category for pair in known} <= set(wanted)
        responses = yield from ask_pairs(
            ctx,
            pairs,
            skipped,
            language="en",
            excluded=frozenset(pair.row for pair in pairs if rules[pair.row]),
            uncontrolled="" if whole else WORDS("reason.uncontrolled"),
        )
        flawed = [(pair, rules[pair.row]) for pair in pairs if rules[pair.row]]
        extra = [EXCLUDED.of(flawed, version=VERSION)] if flawed else []
        return findings(responses, extra, [_counts(pairs, [rules for _, rules in flawed])])


def _counts(pairs: Sequence[Pair], flawed: Sequence[tuple[str, ...]]) -> str:
    """How many pairs each exclusion rule finds."""
    counts = []
    for rule in (WORD_COUNTS, SEVERAL, DUPLICATE):
        count = sum(rule in rules for rules in flawed)
        counts.append(WORDS("note.count", rule=WORDS(f"rule.{rule}"), count=count))
    return WORDS("note.excluded", version=VERSION, total=len(pairs), counts=joined(COMMA, counts))


PROBE = CrowsPairs()
