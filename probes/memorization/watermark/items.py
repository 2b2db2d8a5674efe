"""The key and how it was used, the texts that are tested, and what the model is asked to write unmarked."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, cast

import numpy as np
from pydantic import Field

from fairwitness.audit.green import Drawing, ScoreGreen, Seeding
from fairwitness.audit.probe import Options
from fairwitness.audit.records import Name, Table
from fairwitness.audit.requests import Generate, LogLikelihood, Request
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.memory.passages import Passage
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
TEXTS, KEY, PROMPTS = "watermark_texts", "watermark_key", "watermark_prompts"
Set: TypeAlias = Literal["marked", "unmarked", "unsaid", "control"]
"""Texts that are said to be marked, or not to be, those of which nothing is said, and the model's own unmarked ones."""
OWN: tuple[Set, ...] = ("marked", "unmarked", "unsaid")
CONTROL: Set = "control"
TRUTHS: Mapping[str, Set] = {
    **{"yes": "marked", "true": "marked", "1": "marked"},
    **{"no": "unmarked", "false": "unmarked", "0": "unmarked"},
    "": "unsaid",
}
LEAST_TOKENS = 200
"""Fewest scored tokens of a text that is judged: marks of shorter ones go unseen."""
LEAST_DRAWS = 100
"""Fewest decisions apart: a text with fewer of them says the same again and again."""


class WatermarkOptions(Options):
    """When a text is called marked, and what the model writes beside."""

    alpha: float = Field(
        0.001,
        gt=0,
        le=0.05,
        description="a text is called marked where chance makes it so green no more often",
    )
    controls: int = Field(80, ge=10, le=10_000, description="texts that the model writes unmarked in this run")
    tokens: int = Field(260, ge=210, le=4_000, description="tokens of each of them at most")
    temperature: float = Field(1.0, gt=0, le=5, description="temperature at which it writes them")
    top_p: float = Field(1.0, gt=0, le=1, description="nucleus from which it draws them")
    limit: int | None = Field(None, ge=1, description="test only this many of the texts, drawn by the seed")


@dataclass(frozen=True, slots=True)
class Setting:
    """A key, what it is called, and how it was used. `bias` is what was said, and nothing is computed with it."""

    key: int = field(repr=False)
    called: str
    share: float
    bias: float
    seeding: Seeding
    width: int
    drawing: Drawing

    @property
    def public(self) -> bool:
        """Whether it is the key that transformers takes where none is named."""
        return self.key == PUBLIC

    @property
    def weak(self) -> bool:
        """Whether it can be found by trying all."""
        return self.key < 1 << SHORT


PUBLIC = 15_485_863
"""The millionth prime."""
SHORT = 40
"""Bits of a key that can be found by trying all."""


def setting_of(table: Table) -> Setting:
    """The setting of a key file as the harness reads it."""
    row = {name: cells[0] for name, cells in table.columns.items()}
    return Setting(
        key=int(str(row["key"])),
        called=str(row["called"]),
        share=float(str(row["greenlist_ratio"])),
        bias=float(str(row["bias"])),
        seeding=cast(Seeding, row["seeding_scheme"]),
        width=int(str(row["context_width"])),
        drawing=cast(Drawing, row["device"]),
    )


@dataclass(frozen=True, slots=True)
class Item:
    """A text that is tested, by what it is called everywhere: nothing of its words. `text` is None until it is written.

    Of what the model writes, the request says after which prompt and with which seed.
    """

    set: Set
    key: str
    text: str | None
    request: Generate | None = None

    def written(self, text: str | None) -> Item:
        """The same with what the model wrote."""
        return replace(self, text=text)

    def green(self, setting: Setting) -> ScoreGreen:
        """The count of its green tokens."""
        return ScoreGreen(self.text or "", setting.key, setting.share, setting.seeding, setting.width, setting.drawing)

    def likelihoods(self) -> list[LogLikelihood]:
        """How likely its tokens were, and how open the choice of each: in windows where it is long."""
        windows = Passage(self.key, "own", "", self.text or "").requests() if self.text else []
        return [replace(window, moments=True) for window in windows]

    def requests(self, setting: Setting) -> list[Request]:
        """What is asked of it; nothing of a text that is not there."""
        return [] if self.text is None else [self.green(setting), *self.likelihoods()]


def texts_of(table: Table, limit: int | None, seed: int) -> list[Item]:
    """The user's texts; at most `limit`, drawn by the seed. Raises DoesNotApply for what says neither yes nor no."""
    texts = [row[0] for row in rows_of(table, ("text",))]
    marked = table.columns.get("marked", ("",) * len(texts))
    items = []
    for number, (text, cell) in enumerate(zip(texts, marked, strict=True), start=1):
        said = "" if cell is None else str(cell).strip().lower()
        if said not in TRUTHS:
            raise WORDS.does_not_apply("reason.truth", "data_unfit", row=number, said=Name(said[:20]))
        items.append(Item(TRUTHS[said], f"text, {number}", text))
    return list(spread(items, limit, seed))


def controls_of(table: Table, options: WatermarkOptions, seed: int) -> list[Item]:
    """What the model is asked to write: each prompt once, and again with another seed where there are too few."""
    prompts = rows_of(table, ("id", "text"))
    items = []
    for number in range(options.controls):
        again, place = divmod(number, len(prompts))
        name, text = prompts[place]
        entropy = [seed, zlib.crc32(text.encode()), again]
        own_seed = int(np.random.SeedSequence(entropy).generate_state(1)[0])
        request = Generate(text, options.tokens, options.temperature, own_seed, options.top_p)
        items.append(Item(CONTROL, f"{name}, {again + 1}", None, request))
    return items
