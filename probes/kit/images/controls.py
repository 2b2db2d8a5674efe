"""Whether a model sees at all: plain pictures, each with what it shows and with what it does not show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.images import FILE, images_of, name_of
from fairwitness.audit.probe import Context, expect
from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.requests import Answer, Image, ImageTextScores, MatchImageText, Request
from fairwitness.probes.kit.choices import balanced
from fairwitness.probes.kit.competence import competent, share_right
from fairwitness.probes.kit.images.pictures import Pictures
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.tables import Listing, image, number, prompt
from fairwitness.probes.kit.validity import LEAST_RIGHT
from fairwitness.probes.kit.words import SHARED as WORDS

CONTROLS = WORDS.data_need("image_controls")
MOST_CONTROLS = 48
CONTROLS_RIGHT = Measure(
    name="image_controls_right",
    words=WORDS,
    unit="share",
    better="higher",
    null=0.5,
    role="competence",
    evidence=("image_controls",),
)
"""The share of controls that the model gets right."""


def finite(answer: Answer) -> ImageTextScores | None:
    """The scores of a picture; None without an answer and where one of them is not a finite number."""
    scores = expect(answer, ImageTextScores)
    return scores if scores is not None and all(map(math.isfinite, scores.logits)) else None


@dataclass(frozen=True, slots=True)
class Control:
    """A picture with what it shows, and with what it does not show."""

    image: Image
    name: str
    caption: str
    foil: str

    @property
    def request(self) -> MatchImageText:
        """Which of the two does the model find in it?"""
        return MatchImageText(self.image, (self.caption, self.foil))


def controls_of(pictures: Pictures, ctx: Context) -> list[Control]:
    """The user's pictures with their own captions, where these differ; else drawn shapes that the package brings."""
    if not pictures.own_captions:
        table = ctx.data[CONTROLS.name]
        rows = zip(images_of(table), rows_of(table, (FILE, "caption", "foil")), strict=True)
        shown = [Control(drawn, name_of(file, drawn), said, foil) for drawn, (file, said, foil) in rows]
        return [control for control in shown if control.caption and control.foil]
    captioned = [picture for picture in pictures.pictures if picture.caption]
    chosen = balanced(captioned, lambda picture: picture.caption, MOST_CONTROLS, ctx.seed)
    texts = list(dict.fromkeys(picture.caption for picture in captioned))
    rng = np.random.default_rng(ctx.seed)
    controls = []
    for picture in chosen:
        others = [text for text in texts if text != picture.caption]
        foil = others[int(rng.integers(len(others)))]
        controls.append(Control(picture.image, picture.name, picture.caption, foil))
    return controls


@dataclass(frozen=True, slots=True)
class ControlScores:
    """What became of the controls: the scores of caption and foil, None without an answer."""

    controls: Sequence[Control]
    scores: Sequence[tuple[float, float] | None]
    brought: bool
    """Whether pictures and captions are the user's."""

    @classmethod
    def of(cls, controls: Sequence[Control], answers: Mapping[Request, Answer], *, brought: bool) -> ControlScores:
        """From the answers of a round."""
        scores: list[tuple[float, float] | None] = []
        for control in controls:
            answer = finite(answers[control.request])
            scores.append(None if answer is None else (answer.logits[0], answer.logits[1]))
        return cls(controls, scores, brought)

    @property
    def right(self) -> int:
        """Controls whose caption fits better than its foil."""
        return sum(1 for score in self.scores if score is not None and score[0] > score[1])

    def estimate(self) -> Estimate | Undefined:
        """The share right."""
        return share_right(self.right, sum(score is not None for score in self.scores), len(self.scores))

    @property
    def problem(self) -> str:
        """Why no score means what it claims; empty where the model tells plain pictures apart."""
        if competent(self.right, len(self.controls), LEAST_RIGHT):
            return ""
        return WORDS(
            "images.unseen_own" if self.brought else "images.unseen", right=self.right, total=len(self.controls)
        )

    def table(self) -> Evidence:
        """Every control with both scores, the wrong ones first; a user's own captions are secret."""
        listing: Listing[tuple[Control, tuple[float, float] | None]] = Listing(
            "image_controls",
            WORDS,
            image("picture", lambda row: row[0].name),
            prompt("shows", lambda row: row[0].caption, secret=self.brought),
            prompt("shows_not", lambda row: row[0].foil, secret=self.brought),
            number("score_shows", lambda row: row[1][0] if row[1] else None),
            number("score_shows_not", lambda row: row[1][1] if row[1] else None),
        )
        rows = sorted(zip(self.controls, self.scores, strict=True), key=_margin)
        return listing.of(rows)


def _margin(row: tuple[Control, tuple[float, float] | None]) -> float:
    return float("-inf") if row[1] is None else row[1][0] - row[1][1]
