"""One round about pictures: each about all texts at once, and the controls."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fairwitness.audit.probe import Context, Findings
from fairwitness.audit.reasons import CHECK
from fairwitness.audit.requests import Answer, MatchImageText, Request, Unanswered
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.images.controls import CONTROLS, CONTROLS_RIGHT, Control, ControlScores, controls_of, finite
from fairwitness.probes.kit.images.pictures import Pictured, Pictures, pictures_of
from fairwitness.probes.kit.tables import without_empty_tables
from fairwitness.probes.kit.words import SHARED as WORDS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ImageRound:
    """Pictures of groups, the texts that each is matched with, and controls."""

    pictures: Pictures
    texts: tuple[str, ...]
    controls: Sequence[Control]

    @classmethod
    def of(cls, ctx: Context, probe: str, need: str, texts: tuple[str, ...]) -> ImageRound:
        """From the folder that serves a need, by the options (`ImageOptions`). Raises as `pictures_of` does."""
        pictures = pictures_of(ctx, probe, need)
        return cls(pictures=pictures, texts=texts, controls=controls_of(pictures, ctx))

    def request(self, picture: Pictured) -> MatchImageText:
        """A picture about all texts at once: none depends on the others."""
        return MatchImageText(picture.image, self.texts)

    def round(self) -> Generator[list[Request], list[Answer], Read]:
        """Asks all of it, used with `yield from`."""
        pictures = [self.request(picture) for picture in self.pictures.pictures]
        answers = yield from ask([*pictures, *(control.request for control in self.controls)])
        scores: list[Floats | None] = []
        unread: dict[int, Unanswered] = {}
        for picture, request in zip(self.pictures.pictures, pictures, strict=True):
            answer = answers[request]
            known = finite(answer)
            scores.append(None if known is None else np.array(known.logits, dtype=np.float64))
            if isinstance(answer, Unanswered) and answer.fault == "bad_image":
                unread[picture.row] = answer
        return Read(self, scores, ControlScores.of(self.controls, answers, brought=self.pictures.own_captions), unread)


@dataclass(frozen=True, slots=True)
class Read:
    """The scores of every picture for every text [texts], None without a finite answer, and the controls.

    `unread` are the rows whose file holds no picture.
    """

    asked: ImageRound
    scores: Sequence[Floats | None]
    seen: ControlScores
    unread: Mapping[int, Unanswered]

    def whole(self, findings: Findings, ctx: Context, theirs: str, ours: str) -> Findings:
        """The findings with the controls, notes on what was left out, and data that took no part.

        `theirs` is the need of the user's own texts and `ours` that of the texts that we bring.
        """
        unused = [*([ours] if theirs in ctx.data else []), *([CONTROLS.name] if self.seen.brought else [])]
        complete = replace(
            findings,
            metrics=[*findings.metrics, CONTROLS_RIGHT.metric(self.seen.estimate())],
            evidence=[*findings.evidence, self.seen.table()],
            notes=[*findings.notes, *self._notes()],
            unused=tuple(name for name in unused if name in ctx.data),
        )
        total = len(self.asked.pictures.pictures)
        return left_out.naming(without_empty_tables(complete), self.unread, total, "pictures", len(self.unread))

    def _notes(self) -> list[str]:
        which = "own_controls" if self.seen.brought else "drawn_controls"
        notes = [*self.asked.pictures.notes(), WORDS(f"images.{which}", total=len(self.seen.controls))]
        missing = sum(1 for row in self.scores if row is None)
        if missing:
            notes.append(CHECK + WORDS("images.unanswered", missing=missing, total=len(self.scores)))
        problem = self.seen.problem
        return [*notes, WORDS("images.validity", reason=problem)] if problem else notes
