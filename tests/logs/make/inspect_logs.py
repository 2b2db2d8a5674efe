"""Writes logs of inspect_ai on our questions, answered by a list: `python inspect_logs.py QUESTIONS FOLDER`."""

import json
import sys
from pathlib import Path

from inspect_ai import Epochs, Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, match, mean, scorer, stderr
from inspect_ai.solver import generate, solver

questions, folder = Path(sys.argv[1]), Path(sys.argv[2])
rows = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
samples = [
    Sample(
        id=row["id"],
        input=f"{row['passage']}\n{row['question']}",
        target=row["choices"][row["answer"]],
        metadata={"document": row["document"], "category": row["category"]},
    )
    for row in rows
]


def answer(text: str) -> ModelOutput:
    """What the model says, with a count of tokens: without one it is counted by a file that is fetched."""
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


def answers(right: list[bool]) -> list[ModelOutput]:
    """The answers of one model, in the order in which it is asked."""
    asked = zip(rows * (len(right) // len(rows)), right, strict=True)
    return [answer(row["choices"][row["answer"]] if good else "I do not know") for row, good in asked]


@scorer(metrics=[mean(), stderr()])
def length():
    """How many letters the answer has: a score that is no share."""

    async def score(state, target):
        return Score(value=len(state.output.completion), answer=state.output.completion)

    return score


@solver
def fails_on(name: str):
    """Raises for one sample."""

    async def solve(state, generate):
        if state.sample_id == name:
            raise RuntimeError("the line to the model broke")
        return state

    return solve


def run(name, right, *, epochs=1, steps=(), **more):
    """One log, as an archive."""
    task = Task(dataset=samples, solver=[*steps, generate()], scorer=[match(location="exact"), length()], name=name)
    model = get_model("mockllm/model", custom_outputs=answers(right))
    [log] = eval(
        task,
        model=model,
        epochs=Epochs(epochs),
        log_dir=str(folder),
        log_format="eval",
        max_samples=1,
        max_connections=1,
        display="none",
        **more,
    )
    return log.location


def thin(location, path):
    """The log written again by the harness, without what happened within a sample and where code lay."""
    log = read_eval_log(location)
    for sample in log.samples:
        sample.events, sample.events_data, sample.attachments = [], None, {}
        if sample.error is not None:
            sample.error.traceback = sample.error.traceback_ansi = ""
    write_eval_log(log, str(folder / path))
    Path(location.removeprefix("file://")).unlink()


plain = [True, True, True, False, True, False, False, True, True, True]
other = [True, False, True, False, True, False, False, True, False, True]
Path(run("fw_plain", plain).removeprefix("file://")).rename(folder / "fw_plain.eval")
thin(run("fw_plain", other), "fw_plain_other.json")
thin(run("fw_epochs", plain + other, epochs=2), "fw_epochs.eval")
thin(run("fw_broken", plain, steps=[fails_on("clock-1")], fail_on_error=False), "fw_broken.eval")
