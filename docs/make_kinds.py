"""Writes docs/kinds.md: which kind of model answers which requests, and which probes that allows.

Made from the code by `python docs/make_kinds.py`. A test keeps it current.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from fairwitness.audit.huggingface.kinds import KINDS
from fairwitness.audit.probe import applies, registry
from fairwitness.audit.requests import LIKELIEST_NEXT
from fairwitness.audit.verbs import VERBS

PAGE = Path(__file__).resolve().parent / "kinds.md"
HEAD = """# Kinds of models, what they answer, and which probes that allows

Made from `audit/huggingface/kinds.py`, `audit/verbs.py` and the needs of the probes by `python docs/make_kinds.py`; do
not edit.

A kind of model answers some kinds of requests; a probe applies where what it needs is among them. A single model may
answer less: it is tried when it is loaded, and the report says what was taken away and why ([models.md](models.md)).
Whether data are at hand is another matter: `fairwitness run MODEL --dry-run` says it.

"""


def page() -> str:
    """The whole page."""
    kinds = dict(rows())
    return HEAD + requests(kinds) + "\n## Probes\n\n" + probes(kinds)


def rows() -> Iterable[tuple[str, tuple[str, ...]]]:
    """Every kind of model with the requests that it answers."""
    for name, kind in KINDS.items():
        yield f"`{name}`", kind.capabilities
    for name, kind in KINDS.items():
        if kind.of_exported:
            yield f"`{name}`, `.onnx`", kind.of_exported
    yield "endpoint", ("Generate",)
    yield "endpoint that tells next tokens", ("Generate", LIKELIEST_NEXT)
    yield "endpoint that echoes", ("Generate", "LogLikelihood")
    yield "model over tables", ("Predict", "AttributeRow")
    yield "decisions in a file", ("Predict",)


def requests(kinds: dict[str, tuple[str, ...]]) -> str:
    """Kinds of models by kinds of requests."""
    return table(
        ("kind of model", *(f"`{verb.__name__}`" for verb in VERBS)),
        ((name, *("yes" if verb.__name__ in answered else "" for verb in VERBS)) for name, answered in kinds.items()),
    )


def probes(kinds: dict[str, tuple[str, ...]]) -> str:
    """Probes by kinds of models."""
    return table(
        ("probe", *kinds),
        (
            (
                f"[`{name}`]({told_in(name)})",
                *("yes" if applies(probe.spec, answered) else "" for answered in kinds.values()),
            )
            for name, probe in registry().items()
        ),
    )


def told_in(name: str) -> str:
    """The page about a probe: its own, or the one that names it in its title."""
    pages = sorted((PAGE.parent / "probes").glob("*.md"))
    title = {path.name: path.read_text(encoding="utf-8").partition("\n")[0] for path in pages}
    return (
        f"probes/{name}.md"
        if f"{name}.md" in title
        else f"probes/{next(page for page in title if name in title[page])}"
    )


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    every = [head, ("---",) * len(head), *lines]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in every)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
