"""The user's own pairs of sentences, scored as the benchmarks are."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Context, DoesNotApply, Options, ProbeRun
from fairwitness.audit.records import Cell, DataNeed, ProbeSpec
from fairwitness.probes.bias.pairs import controls
from fairwitness.probes.bias.pairs.asking import ask_pairs
from fairwitness.probes.bias.pairs.crows_pairs import CITATIONS, HOW_TO_READ, NEEDS
from fairwitness.probes.bias.pairs.findings import findings
from fairwitness.probes.bias.pairs.items import of_categories, read_pairs
from fairwitness.probes.bias.pairs.scores import ScoreName
from fairwitness.probes.kit.choices import spread

SPEC = ProbeSpec(
    name="pairs",
    version="1.0",
    family="bias",
    title="Your own pairs of sentences",
    question="Does the model prefer the first of two sentences that you wrote?",
    why=(
        "Published sets speak of stereotypes of one country and may be in the training data. Pairs of your own ask "
        "about the people and the language that your product meets."
    ),
    how_to_read=HOW_TO_READ,
    needs=NEEDS,
    citations=CITATIONS,
    limits=(
        "An intrinsic score: it shows what the model expects, not what a product built on it does to people.",
        "It measures what your pairs measure: write them so that they differ in the group alone, several for each "
        "meaning, and controls that differ in the same way without a group.",
        "A score near 50 does not show that the model treats people alike: preferences for and against cancel out.",
    ),
    data=(
        DataNeed(
            "pairs",
            "your pairs: sent_more (the stereotypical one) and sent_less; if you like category, template, control",
            ("sent_more", "sent_less"),
        ),
        controls.NEED,
    ),
    data_licence="yours",
)
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
    """The probe; see SPEC."""

    spec = SPEC
    options = PairsOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round: every sentence of every pair, the controls and the sentences of the competence floor."""
        options: PairsOptions = ctx.options
        table = ctx.data["pairs"]
        known, skipped = read_pairs(table, template="template")
        control = table.columns.get("control", ())
        own = [pair for pair in known if control and _yes(control[pair.row - 1])]
        apart = {pair.row for pair in own}
        pairs = of_categories([pair for pair in known if pair.row not in apart], options.categories, SPEC.name)
        if not pairs:
            raise DoesNotApply(f"none of the {len(table)} rows is a pair of two different sentences")
        asked = yield from ask_pairs(
            ctx,
            spread(pairs, options.limit, ctx.seed),
            skipped,
            language=options.language,
            wanted=options.scores,
            own_controls=own or None,
        )
        notes = []
        if options.language != "en" and not own:
            notes.append("The control pairs beside yours are English, so none were asked; give your own in `control`.")
        if options.language == "other":
            notes.append(
                "No sentences show whether the model knows this language: only unanswered pairs count as a floor."
            )
        return findings(asked, notes=notes)


def _yes(cell: Cell) -> bool:
    return str(cell).strip().lower() in YES


PROBE = Pairs()
