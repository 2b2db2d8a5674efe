"""Explanations here against lime, shap and captum as users call them: `python benchmarks/explaining.py [options]`.

    --classifier FOLDER  a sequence classifier; without one a small random BERT is made
    --causal SPEC        a causal model; without one a small random Llama is made
    --threads N          of torch, for both sides alike (1)

    --twice              both sides once more, the other way round; the better time of each counts

Both sides explain the same texts with the same model in one process. Ratios are of processor seconds, which a busy
machine moves less than the clock on the wall; the last promise is one of the wall. Prints a row for each promise and
exits 1 where one is missed.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

os.environ.update(OMP_WAIT_POLICY="PASSIVE", TQDM_DISABLE="1", TOKENIZERS_PARALLELISM="false")
sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / "support")]

import numpy as np  # noqa: E402
import torch  # noqa: E402
from transformers import pipeline  # noqa: E402

import tiny_models  # noqa: E402
from fairwitness.audit.attribution import Explainer  # noqa: E402
from fairwitness.audit.engine import Engine  # noqa: E402
from fairwitness.audit.huggingface import Loading, load  # noqa: E402
from fairwitness.audit.requests import (  # noqa: E402
    Attribute,
    Attribution,
    Classify,
    ClassScores,
    ForClass,
    Method,
    OfContinuation,
)

TEXT = (
    "the old neighbours said that those people from the other village were late again and nobody was surprised at all"
)
"""Twenty words."""
SAMPLES, EVALUATIONS, SECONDS = 1000, 500, 60.0
PROMPT, CONTINUATION = "the nurse and the doctor who worked all night", " were very tired and went home"
SAMPLED: tuple[Method, ...] = ("shap", "lime", "expected_gradients")
METHODS: tuple[Method, ...] = (
    *SAMPLED,
    "shap_partition",
    "integrated_gradients",
    "gradient_x_input",
    "leave_one_out",
    "rollout",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One promise: what was measured, the ratio or seconds, and its limit; `least` where more is better."""

    name: str
    value: float
    limit: float
    least: bool
    detail: str

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.value >= self.limit if self.least else self.value <= self.limit


@dataclass(slots=True)
class Clock:
    """Seconds inside the model, and how many texts it was asked."""

    seconds: float = 0.0
    texts: int = 0
    depth: int = field(default=0, repr=False)

    def around(self, verb: Callable[..., Any]) -> Callable[..., Any]:
        """The verb, timed."""

        def timed(batch: Any, *given: Any, **named: Any) -> Any:
            begun = time.process_time()
            self.depth += 1
            try:
                return verb(batch, *given, **named)
            finally:
                self.depth -= 1
                if not self.depth:
                    self.seconds += time.process_time() - begun
                    self.texts += 1 if isinstance(batch, str) else len(batch)

        return timed


@contextmanager
def clocked(subject: Any) -> Iterator[Clock]:
    """Counts what a subject is asked inside the block."""
    clock = Clock()
    names = [name for name in ("classify", "attend", "path_gradients", "log_likelihoods") if hasattr(subject, name)]
    for name in names:
        setattr(subject, name, clock.around(getattr(subject, name)))
    try:
        yield clock
    finally:
        for name in names:
            delattr(subject, name)


def best(*sides: Callable[[], float]) -> list[float]:
    """The time of each side; the better of two where they are asked once more, the other way round."""
    first = [side() for side in sides]
    if "--twice" not in sys.argv:
        return first
    second = [side() for side in reversed(sides)][::-1]
    return [min(pair) for pair in zip(first, second, strict=True)]


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds of a piece of work."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def explain(subject: Any, *requests: Attribute) -> list[Attribution]:
    """Answers of a new engine, which remembers nothing."""
    answers = Engine(subject, explainer=Explainer(subject)).answer(requests)
    for request, answer in zip(requests, answers, strict=True):
        if not isinstance(answer, Attribution):
            raise SystemExit(f"{request.method}: {answer}")
    return [answer for answer in answers if isinstance(answer, Attribution)]


def label_of(subject: Any) -> str:
    """The class that the text is given."""
    (scores,) = subject.classify([Classify(TEXT)])
    assert isinstance(scores, ClassScores)
    return scores.labels[int(np.argmax(scores.logits))]


def pipe_of(subject: Any) -> Any:
    """The same model as a pipeline with all scores."""
    inner = subject._loaded
    return pipeline("text-classification", model=inner.model, tokenizer=inner.encoder.tokenizer, top_k=None)


def lime_row(subject: Any, label: str) -> Row:
    """LIME at equal samples."""
    from lime.lime_text import LimeTextExplainer

    pipe = pipe_of(subject)

    def scores(texts: list[str]) -> Any:
        chances = [{entry["label"]: entry["score"] for entry in answer} for answer in pipe(list(texts))]
        return np.array([[answer[name] for name in subject.labels] for answer in chances])

    place = list(subject.labels).index(label)

    def theirs() -> float:
        explainer = LimeTextExplainer(random_state=0, bow=False)
        return seconds(
            lambda: explainer.explain_instance(TEXT, scores, labels=(place,), num_features=20, num_samples=SAMPLES)
        )

    request = Attribute(TEXT, ForClass(label), "lime", SAMPLES)
    peer, ours = best(theirs, lambda: seconds(lambda: explain(subject, request)))
    return Row("lime through a pipeline", peer / ours, 2.0, True, f"{SAMPLES} samples: {peer:.1f} s, here {ours:.1f} s")


def shap_row(subject: Any, label: str) -> Row:
    """SHAP at equal evaluations: seconds of one."""
    import shap

    pipe = pipe_of(subject)
    asked: list[int] = []

    def model(texts: Sequence[str]) -> Any:
        asked.append(len(texts))
        answers = [{entry["label"]: entry["score"] for entry in answer} for answer in pipe(list(texts))]
        return np.array([[answer[name] for name in subject.labels] for answer in answers])

    def theirs() -> float:
        asked.clear()
        explainer = shap.Explainer(model, shap.maskers.Text(pipe.tokenizer), output_names=list(subject.labels))
        taken = seconds(lambda: explainer([TEXT], max_evals=EVALUATIONS, silent=True))
        return taken / sum(asked)

    counts: list[int] = []

    def ours() -> float:
        begun = time.process_time()
        (answer,) = explain(subject, Attribute(TEXT, ForClass(label), "shap_partition", EVALUATIONS))
        counts.append(answer.evaluations)
        return (time.process_time() - begun) / answer.evaluations

    peer, here = best(theirs, ours)
    detail = f"an evaluation: {1e3 * peer:.2f} ms of {sum(asked)}, here {1e3 * here:.2f} ms of {counts[-1]}"
    return Row("shap through a pipeline", peer / here, 1.6, True, detail)


def requests_of(label: str, seeds: int = 2) -> list[Attribute]:
    """Every method with every seed."""
    target = ForClass(label)
    return [
        Attribute(TEXT, target, method, seed=seed)
        for method in METHODS
        for seed in range(seeds if method in SAMPLED else 1)
    ]


def together_row(subject: Any, label: str) -> Row:
    """All methods and seeds in one run, against what each spends inside the model when it is alone."""
    requests = requests_of(label)
    inside = 0.0
    for request in requests:
        with clocked(subject) as clock:
            explain(subject, request)
        inside += clock.seconds
    (taken,) = best(lambda: seconds(lambda: explain(subject, *requests)))
    detail = f"{len(requests)} explanations: {taken:.1f} s; {inside:.1f} s inside the model one by one"
    return Row("all methods together", taken / inside, 1.1, False, detail)


def whole_row(subject: Any, label: str) -> Row:
    """A text of twenty words, all methods with their seeds, each tested with words hidden otherwise."""
    requests = [replace(request, tested="masked") for request in requests_of(label)]
    taken = seconds(lambda: explain(subject, *requests))
    return Row(
        "twenty words, all methods and tests", taken, SECONDS, False, f"{len(requests)} explanations, in seconds"
    )


def half_row(subject: Any, label: str, spec: str, threads: int) -> Row:
    """What bfloat16 weights move, against what another seed would: the root of the mean square of each."""
    half = load(Loading(spec, offline=True, threads=threads, dtype="bfloat16"))
    request = Attribute(TEXT, ForClass(label), "shap")
    begun = time.process_time()
    (whole,) = explain(subject, request)
    middle = time.process_time()
    (coarse,) = explain(half, request)
    times = (middle - begun) / (time.process_time() - middle)
    moved = np.sqrt(np.mean(np.square(np.subtract(whole.values, coarse.values))))
    share = float(moved / np.sqrt(np.mean(np.square(whole.errors))))
    top = [int(np.argmax(np.abs(answer.values))) for answer in (whole, coarse)]
    detail = f"SHAP {times:.1f} times faster, {'the same' if top[0] == top[1] else 'ANOTHER'} word first"
    return Row("bfloat16: error over Monte-Carlo error", share, 0.2, False, detail)


def causal_row(subject: Any) -> Row:
    """Leave-one-out of a continuation against captum's LLMAttribution."""
    from captum.attr import FeatureAblation, LLMAttribution, TextTemplateInput

    inner = subject._loaded
    words = PROMPT.split()
    method = LLMAttribution(FeatureAblation(inner.model), inner.encoder.tokenizer)
    template = " ".join(["{}"] * len(words))

    def theirs() -> float:
        given = TextTemplateInput(template=template, values=words, baselines=[""] * len(words))
        with torch.no_grad():
            return seconds(lambda: method.attribute(given, target=CONTINUATION, skip_tokens=[]))

    request = Attribute(PROMPT, OfContinuation(CONTINUATION), "leave_one_out")
    peer, ours = best(theirs, lambda: seconds(lambda: explain(subject, request)))
    detail = f"{len(words)} words: {peer:.2f} s, here {ours:.2f} s"
    return Row("captum LLMAttribution", peer / ours, 8.0, True, detail)


def shown(row: Row) -> Row:
    """The row, printed."""
    sign, verdict = "≥" if row.least else "≤", "holds" if row.holds else "MISSED"
    print(f"{row.name:38} {row.value:8.2f} {sign} {row.limit:<5} {verdict:7} {row.detail}", flush=True)
    return row


def options() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Speed of explanations against lime, shap and captum.")
    parser.add_argument("--classifier")
    parser.add_argument("--causal")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--twice", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Measures every promise."""
    given = options()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        classifier = given.classifier or str(tiny_models.build("classifier:bert", place / "classifier"))
        causal = given.causal or str(tiny_models.build("causal:llama", place / "causal"))
        subject: Any = load(Loading(classifier, offline=True, threads=given.threads))
        label = label_of(subject)
        explain(subject, Attribute("two words", ForClass(label), "lime"), Attribute(TEXT, ForClass(label), "shap"))
        print(f"{torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}", flush=True)
        rows = [shown(row(subject, label)) for row in (lime_row, shap_row, together_row, whole_row)]
        rows.append(shown(half_row(subject, label, classifier, given.threads)))
        rows.append(shown(causal_row(load(Loading(causal, offline=True, threads=given.threads)))))
    raise SystemExit(not all(row.holds for row in rows))


if __name__ == "__main__":
    main()
