"""Writes docs/models.md, `python docs/make_models.py`: which architectures load, and what each may be asked.

Every row is a tiny random model that was built, loaded and compared with an unbatched reference. Tests keep it current.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

from architectures.building import build
from architectures.checking import NEAR, Result, check
from architectures.listed import KINDS, Example

PAGE = Path(__file__).parent / "models.md"
HEAD = """# Models that can be audited

Made by `python docs/make_models.py`; do not edit.

Fairwitness tries a model before it believes it. After loading, a few short rows of tokens decide what it may be asked;
what fails is taken away, and the report says why (*Notes on loading the model*). A model whose answers would mean
nothing is refused.

"""
TRIED = (
    ("tried", "else"),
    ("---", "---"),
    ("the tokenizer comes from a file, holds words and finds them in a text", "refused"),
    ("every word of the tokenizer has an embedding, and at least half of the embeddings have a word", "refused"),
    (
        "every weight of the model was stored, and every weight stored inside its layers is in the model",
        "refused; stored heads of other tasks are left out and named",
    ),
    ("a folder holds one set of weights, and no adapter beside them", "refused"),
    (
        "every weight of an adapter has its place in the model that it is merged into, and every place its weight",
        "refused",
    ),
    ("the model that an adapter was merged into answers a few tokens as base and adapter do unmerged", "refused"),
    ("an exported graph knows as many tokens and gives as many numbers as its config.json names", "refused"),
    ("a part of a split GGUF file is by its header the part that its name says, of the same model", "refused"),
    (
        "an exported graph reads tokens of any length by their usual names, and has the classes that are named",
        "refused",
    ),
    ("a GGUF file holds every weight of the model, and no layer that its header does not count", "refused"),
    ("weights are stored as fractions, or with the `quantization_config` that says how to read them", "refused"),
    (
        "quantised weights pass these trials with the arithmetic of their library",
        "tried as plain numbers of the stored values",
    ),
    ("every class has a name of its own, and there are as many as the head has outputs", "refused"),
    (
        "tagger: every label has a name, one is O, and all others have a prefix such as B- and I- or none has",
        "refused",
    ),
    ("a text can be put to the model, and gets the same answer twice", "refused"),
    ("causal: another last token moves no earlier score, and a beginning has the scores it has alone", "refused"),
    (
        "a short text beside a longer one, filled up with padding, gets the answer that it gets alone",
        "only texts of equal length share a batch; where they disturb one another too, each is asked alone",
    ),
    (
        "of a source and a target: another source moves the scores, another last token of the target no earlier one; "
        "encoder, decoder and head run one after the other have the scores of the whole model",
        "refused",
    ),
    (
        "it is known in which language a target is written, where a tokenizer has tokens of several languages",
        "refused",
    ),
    (
        "a target written token by token from what was kept has the scores of one pass",
        "no generation; sources and targets are read whole for each likelihood",
    ),
    (
        "with `<extra_id_0>` in the source the likeliest target begins with it (T5); the text around a mask token "
        "comes back as the likeliest (BART)",
        "an encoder-decoder is not asked what fills a blank",
    ),
    ("attention maps have a row and a column for every token, and rows sum to 1", "no attention"),
    ("prompts of unequal length go on as each does alone", "no generation"),
    (
        "texts that begin alike have the scores in one prefix tree that they have in rows",
        "plain rows: slower",
    ),
    ("the body can be run without the head", "no vectors of texts"),
)
FOOT = """
## How tokens become spans

A tagger labels tokens, and what is asked of it is spans of a text. *Words:* a word is a run of letters, marks and
digits; a hyphen or an apostrophe between two of them belongs to it, but for that of a closing 's. A Han character is
a word of itself, and so is any other sign. A text in another script without spaces between words (Thai, kana, …) is
not answered. *Labels:* a word has the label of the first token that holds one of its characters. *Spans:* in a plain
scheme words of one label beside each other are a span; with prefixes B, U and S begin one, I and M go on with one of
their name or begin it, L and E end it. The probability of a span is that of its least sure word. A text that is
longer than the model reads, or of which the tokenizer leaves out a word, is not answered: what was not read would
look as if it was missed.

## The models
The one output of a classifier is never a class. It is a probability where `problem_type` in config.json is
`multi_label_classification`, or where a cross-encoder names a sigmoid; else it is a number (a regression).
`group_fairness` needs a `threshold` for a number, decides a probability at one half, and of several labels that are
judged apart decides the one named as `--favourable`. A length of 0 or -1 positions means that there is no limit.

The models below have two to four layers and random weights. Wherever one is *loaded*, its log-probabilities, logits,
vectors and likeliest continuations, asked in batches of unequal texts, are within 1e-4 of one text at a time through
the plain model. A dash means that this kind of model is not asked so.
"""
COLUMNS = (
    "architecture",
    "type",
    "outcome",
    "batches",
    "prefix trees",
    "attention",
    "generation",
    "vectors",
    "gradients",
)


def page() -> str:
    """The whole page. Raises AssertionError where an answer of a loaded model is not the reference's."""
    return HEAD + _lines(TRIED) + FOOT + "".join(_section(title, examples) for title, examples in KINDS.items())


def _section(title: str, examples: Sequence[Example]) -> str:
    return f"\n## {title}\n\n" + _lines([COLUMNS, ("---",) * len(COLUMNS), *map(row, examples)])


def line(cells: Sequence[str]) -> str:
    """Cells as a row of a table."""
    return f"| {' | '.join(cells)} |\n"


def _lines(rows: Iterable[Sequence[str]]) -> str:
    return "".join(map(line, rows))


def row(example: Example) -> tuple[str, ...]:
    """The cells of an example, which is built, loaded, compared and thrown away."""
    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries, about sizes that no real model has
        folder = build(example, Path(place) / "model")
        result = check(example, folder, Path(place) / "cache")
    if not result.worst < NEAR:
        raise AssertionError(f"{example.architecture} is {result.worst:.2g} off its reference")
    named = f"`{example.architecture}`{f', {example.about}' if example.about else ''}"
    return (named, f"`{example.model_type}`", *_cells(example, result))


def _cells(example: Example, result: Result) -> tuple[str, ...]:
    if result.refused:
        return (f"refused: {_plain(result.refused)}", *["–"] * 6)
    able = set(result.capabilities)
    writes = "LogLikelihood" in able
    causal = writes and result.kind == "causal_lm"
    language = causal or "PseudoLogLikelihood" in able
    batches = {"padded": "any", "equal": "equal lengths", "single": "one text"}[result.batching]
    return (
        "loaded",
        batches,
        _said(result.trees) if causal else "–",
        _said("Attend" in able),
        _said("Generate" in able) if writes else "–",
        "–" if "Classify" in able else _said("Embed" in able),
        _said(result.gradients) if language or "Classify" in able else "–",
    )


def _said(yes: bool) -> str:
    return "yes" if yes else "no"


def _plain(text: str) -> str:
    return re.sub(r" \(tasks: [^)]*\)", "", text).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
