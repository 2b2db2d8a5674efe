"""Compressed variants of a model beside it, as an object: comparisons, a table, the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwitness import arguments, notes
from fairwitness.audit import compression
from fairwitness.audit.cli.terminal import Screen, tell
from fairwitness.audit.comparison.variant_set import VariantSet
from fairwitness.audit.errors import BadOption, FairwitnessError
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.session import variants as session
from fairwitness.compared import Comparison
from fairwitness.reports.labels import Labels

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "variant", "probe", "metric", "group", "before", "after", "change", "low", "high", "finding", "adjusted", "gated",
)  # fmt: skip
SIZES = ("variant", "bytes", "share", "seconds_per_1000_tokens", "factor", "flipped", "paired", "exit_code")


class Variants:
    """A model and its variants, each compared with it. Everything in it is read from its `record`."""

    def __init__(self, record: VariantSet, folder: Path) -> None:
        self.record = record
        self.folder = folder

    @property
    def exit_code(self) -> int:
        """1 where something that a rule can fail a release for got worse or was lost in a variant, else 0."""
        return self.record.exit_code

    @property
    def comparisons(self) -> dict[str, Comparison]:
        """The comparison of each variant with the original, by its name."""
        return {variant.name: Comparison(variant.comparison) for variant in self.record.variants}

    @property
    def headline(self) -> pd.DataFrame:
        """A row for each variant and each metric of the table: the original's value, the change, what was found."""
        import pandas as pd

        rows: list[list[Any]] = []
        for variant in self.record.variants:
            for key in self.record.headline:
                change = variant.change(key)
                if change is None:
                    continue
                moved = change.change
                ends = (moved.value, moved.low, moved.high) if isinstance(moved, Estimate) else (None, None, None)
                values = (_value(change.before), _value(change.after), *ends)
                named = (variant.name, change.probe, str(change.metric.name), Labels.of(change.metric).text)
                rows.append([*named, *values, change.finding, change.adjusted, change.gated])
        return pd.DataFrame(rows, columns=list(COLUMNS))

    @property
    def sizes(self) -> pd.DataFrame:
        """A row for each variant: size of its weights, time for 1,000 tokens, flips, exit code."""
        import pandas as pd

        whole = self.record.original.bytes
        rows: list[list[Any]] = []
        for variant in self.record.variants:
            share = variant.bytes / whole if variant.bytes and whole else None
            times = (variant.speed.per_thousand, variant.speed.factor) if variant.speed else (None, None)
            code = variant.comparison.exit_code
            rows.append([variant.name, variant.bytes, share, *times, variant.flipped, variant.paired, code])
        return pd.DataFrame(rows, columns=list(SIZES))

    def to_html(self, language: str = "en") -> str:
        """The whole page, self-contained; `language` is the one that it opens in."""
        from fairwitness.reports.variants import page

        return page.render(self.record, language)

    def __repr__(self) -> str:
        names = ", ".join(variant.name for variant in self.record.variants)
        return f"<Variants of {self.record.original.spec}: {names}; exit code {self.exit_code}>"


def variants(
    model: str | PathLike[str],
    forms: str | Sequence[str] = (),
    *,
    others: Mapping[str, str | PathLike[str]] | None = None,
    probes: str | Sequence[str] | None = None,
    out: str | PathLike[str],
    margin: float | None = None,
    min_effect: float | None = None,
    speed: bool = True,
    quiet: bool = False,
    **settings: Any,
) -> Variants:
    """Compares compressed variants of a model with it: what the command `fairwitness variants` does.

    Args:
        model: the original, a spec as on the command line.
        forms: variants to make: `int8`, `q8_0`, `q4_0`, `prune:SHARE`.
        others: models that are there already, by the names of their variants.
        probes: what all are asked; without it gender, known_texts, refusals and mentions.
        out: folder of models, runs, comparisons and page; one that holds variants is gone on with.
        margin: a change that is shown to lie within it counts as none.
        min_effect: a smaller change is neither worse nor better.
        speed: whether original and variants are timed.
        quiet: whether nothing goes to the error stream.
        settings: every other setting of a run by its name (`limit=50`, `device="cpu"`, `probe={"gender": {...}}`).

    Raises UsageError before anything is asked, RunError after it, and KeyboardInterrupt once what is finished is kept.
    """
    spec = arguments.spec_of(model)
    if spec is None:
        raise BadOption("variants are made of a model that has a name: give a hub id, a folder, a file or package:NAME")
    recipes = compression.recipes_of([forms] if isinstance(forms, str) else list(forms))
    for name in others or {}:
        compression.check_name(name, tuple(recipes))
    given = {key: value for key, value in settings.items() if value is not None}
    if probes is not None:
        given["probes"] = [probes] if isinstance(probes, str) else list(probes)
    wanted = session.Wanted(
        settings={**given, "model": spec},
        recipes=recipes,
        named={name: str(path) for name, path in (others or {}).items()},
        out=Path(out),
        margin=margin,
        min_effect=min_effect,
        speed=speed,
    )
    try:
        made = session.perform(
            wanted, lambda: Screen(quiet=quiet, verbose=False), lambda line: None if quiet else tell(line)
        )
        session.saved(made, wanted.out)
    except FairwitnessError as error:
        notes.explain(error)
        raise
    return Variants(made, wanted.out)


def _value(estimate: Estimate | Undefined) -> float | None:
    return estimate.value if isinstance(estimate, Estimate) else None
