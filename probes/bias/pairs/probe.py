"""Does a language model prefer the first of two sentences that you wrote?"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Context, Options, ProbeRun
from fairwitness.audit.records import Cell
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, of_categories, read_pairs
from fairwitness.probes.kit.sentences.preferences import MEASURES, findings
from fairwitness.probes.kit.sentences.responses import NEEDS, ask_pairs
from fairwitness.probes.kit.sentences.scores import ScoreName
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
YES = frozenset({"1", "1.0", "true", "yes", "y", "control"})


class PairsOptions(Options):
    """Which pairs are asked, and by which scores."""

    limit: int | None = Field(None, ge=1, description="ask only this many pairs, evenly spread over the file")
    categories: tuple[str, ...] = Field((), description="ask only pairs of these categories")
    language: Literal["en", "de", "other"] = Field(
        "en", description="language of your pairs: sentences beside them are English or German; controls English alone"
    )
    scores: tuple[ScoreName, ...] = Field(
        (), description="compute only these scores; all that the model allows if empty"
    )


class Pairs:
    """The probe: your pairs, those of yours that are controls, and sentences that any model should tell apart."""

    spec = WORDS.spec(name="pairs", family="bias", needs=NEEDS, data=("pairs", OUR_PAIRS))
    options = PairsOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """One round: every sentence of every pair, the controls and the sound sentences."""
        table, language = ctx.data["pairs"], ctx.options.language
        known, skipped = read_pairs(table, template="template")
        controls_column = table.columns.get("control", (None,) * len(table))
        controls = [pair for pair in known if _yes(controls_column[pair.row - 1])]
        others = [pair for pair in known if not _yes(controls_column[pair.row - 1])]
        pairs = of_categories(others, ctx.options.categories, self.spec.name)
        if not pairs:
            raise WORDS.does_not_apply("reason.no_pair", "nothing_to_ask", total=len(table))
        chosen = spread(pairs, ctx.options.limit, ctx.seed)
        responses = yield from ask_pairs(ctx, chosen, skipped, language=language, controls=controls or None)
        notes = [WORDS("note.controls")] if language != "en" and not controls else []
        if language == "other":
            notes.append(WORDS("note.language"))
        return findings(responses, notes=notes)


def _yes(cell: Cell) -> bool:
    return str(cell).strip().lower() in YES


PROBE = Pairs()
