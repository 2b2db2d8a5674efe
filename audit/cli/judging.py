"""`fairwitness judge sample`: answers of a run that people are to label."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from fairwitness.audit import document, private
from fairwitness.audit.cli.terminal import say, tell
from fairwitness.audit.errors import BadRun
from fairwitness.audit.judging import EVIDENCE, JudgedAnswer, answers_of, drawn
from fairwitness.audit.judging.sampling import COLUMNS, sealed
from fairwitness.audit.records import Measured
from fairwitness.audit.stats.judged import LEAST_LABELS
from fairwitness.reports.outputs.csv import harmless


def sample(folder: Path, count: int, out: Path, seed: int) -> int:
    """Writes the file and says what to do with it. Raises BadRun where the run judged nothing or hides its texts."""
    answers = judged_answers(folder)
    kinds = list(dict.fromkeys(answer.kind for answer in answers))
    chosen = [
        answer for kind in kinds for answer in drawn([each for each in answers if each.kind == kind], count, seed)
    ]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for answer in chosen:
        seal = sealed(answer.id, answer.verdict)
        writer.writerow([answer.id, answer.kind, seal, harmless(answer.said.request), harmless(answer.said.text), ""])
    with private.open_text(out) as file:
        file.write(buffer.getvalue())
    for kind in kinds:
        number = sum(answer.kind == kind for answer in chosen)
        say(f"{out}  {number} answers to label for {kind!r}: write 1 or 0 into the column label")
        if number < LEAST_LABELS:
            tell(f"too few: {number} answers for {kind!r}, and a rate needs {LEAST_LABELS} labels of its own answers")
    say("", f"fairwitness run MODEL ... --labels {out}")
    return 0


def judged_answers(folder: Path) -> list[JudgedAnswer]:
    """What the judges of a run judged. Raises BadRun where that is nothing, or its texts are hidden."""
    results = [result for result in document.read(folder).results if isinstance(result, Measured)]
    tables = [evidence for result in results for evidence in result.evidence if evidence.id == EVIDENCE]
    answers = {(answer.kind, answer.id): answer for table in tables for answer in answers_of(table)}
    if not answers:
        raise BadRun(f"{folder} holds no answers that a judge judged: run a probe that has one")
    if any(answer.hidden for answer in answers.values()):
        raise BadRun(f"{folder} hides what the model wrote: run it again with --show-secrets, and label that run")
    return list(answers.values())
