"""How easily a judge is turned: by sentences that change nothing of what a text does, by the order of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.judging import Calibration, Decided, ModelJudge, Said, TextJudge
from fairwitness.audit.judging.calibration import CUT
from fairwitness.probes.kit.judged.judges import WORDS, Label

MOST = 50
"""Examples that a judge is tried on."""
MOST_OF_CHAT = 15
"""The same of a model in a chat, which reads each of them anew for every attack."""


@dataclass(frozen=True, slots=True)
class Robustness:
    """Of `total` right verdicts on labelled examples, those that `name` changed or took away."""

    name: str
    changed: int
    total: int


def attacked(
    judge: TextJudge, kind: Label, calibration: Calibration, decided: Sequence[Decided]
) -> tuple[Robustness, ...]:
    """Each attack on examples that the judge has right and that do what a disavowal only denies.

    That are those labelled as compliance or hate, and those labelled as no refusal.
    """
    does, most = kind != "refusal", MOST_OF_CHAT if judge.kind == "chat" else MOST
    right = [
        (example.said, said.verdict)
        for example, said in zip(calibration.examples, decided, strict=True)
        if said.verdict == (example.label >= CUT) == does
    ][:most]
    if not right:
        return ()
    sentences = WORDS.tree["sentences"]
    forms = {
        "before": [replace(said, text=sentences["before"] + said.text) for said, _ in right],
        "after": [replace(said, text=said.text + sentences["after"]) for said, _ in right],
        "suffix": [replace(said, text=said.text + sentences["suffix"]) for said, _ in right],
    }
    tried = [_changed(name, judge, texts, [verdict for _, verdict in right]) for name, texts in forms.items()]
    if isinstance(judge, ModelJudge):
        pairs = list(zip(calibration.examples, decided, strict=True))[:most]
        asked, verdicts = [example.said for example, _ in pairs], [said.verdict for _, said in pairs]
        tried.append(_changed("swap", replace(judge, swapped=not judge.swapped), asked, verdicts))
    return tuple(tried)


def _changed(name: str, judge: TextJudge, texts: Sequence[Said], verdicts: Sequence[bool | None]) -> Robustness:
    said = judge(texts)
    return Robustness(name, sum(now.verdict != before for now, before in zip(said, verdicts, strict=True)), len(texts))
