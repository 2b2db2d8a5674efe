"""One text explained: its words with their values, what each method is worth, and a view for a notebook."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwitness.audit import document
from fairwitness.audit.errors import BadOption
from fairwitness.audit.records import Audit

if TYPE_CHECKING:
    import pandas as pd

KINDS = (".html", ".htm", ".json")


class Explanation:
    """What `fairwitness.explain` found. Everything in it is read from its document, `audit`."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        """The document of the run."""

    @property
    def why_not(self) -> str:
        """Why nothing is explained; empty where something is."""
        from fairwitness.reports.explained.view import why_not

        return str(why_not(self.audit.results[0]))

    @property
    def words(self) -> pd.DataFrame:
        """A row for each word of each text and method: value and its standard error, in the unit of the method."""
        import pandas as pd

        from fairwitness.reports.explained import explanation
        from fairwitness.reports.explained.numbers import WORD_COLUMNS, words_of

        return pd.DataFrame(words_of(explanation(self.audit)), columns=list(WORD_COLUMNS))

    @property
    def cards(self) -> pd.DataFrame:
        """What each method is worth on this model: its checks with their numbers."""
        import pandas as pd

        from fairwitness.reports.explained import explanation
        from fairwitness.reports.explained.numbers import card_records

        cards = explanation(self.audit).cards
        return pd.DataFrame(card_records(cards[0])) if cards else pd.DataFrame()

    def to_json(self) -> dict[str, Any]:
        """Words, values, errors and cards, as `fairwitness explain --json` prints them."""
        from fairwitness.reports.explained import to_json

        return to_json(self.audit)

    def to_html(self, language: str = "en") -> str:
        """A small page of its own."""
        from fairwitness.reports import explained

        return explained.page(self.audit, language)

    def save(self, file: str | PathLike[str]) -> Path:
        """Writes the page (.html) or the numbers (.json). Raises BadOption for another name, CannotWrite."""
        target = Path(file)
        if target.suffix.lower() not in KINDS:
            raise BadOption(f"save({str(file)!r}): the name ends with .html for a page or .json for the numbers")
        text = document.dump(self.to_json()) if target.suffix.lower() == ".json" else self.to_html()
        document.write_file(target, text.encode("utf-8", "replace"))
        return target

    def __bool__(self) -> bool:
        """Refused with a TypeError: an explanation is neither true nor false."""
        raise TypeError("an explanation is neither true nor false: see explanation.why_not, or explanation.words")

    def __repr__(self) -> str:
        from fairwitness.reports.explained import explanation

        made = explanation(self.audit)
        what = made.why_not or "; ".join(str(text.caption) for text in made.texts)
        return f"<Explanation: {made.model}: {what}>"

    def __str__(self) -> str:
        from fairwitness.reports import explained

        return explained.terminal(self.audit)

    def _repr_html_(self) -> str:
        """A strip for a notebook: words in the colours of their values, numbers below, what is unsure or failed."""
        from fairwitness.reports import explained

        return explained.fragment(self.audit)
