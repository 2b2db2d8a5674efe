"""The commands that README and docs show: every `fairwitness …` in a fence or between backticks."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(fairwitness [^`]+)`")
PROMPT = re.compile(r"^\s*(?:\$ )?(fairwitness (?:.*\\\n)*.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Command:
    """A command as a page shows it, in words; the first one is `fairwitness`."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {shlex.join(self.words)}"


def commands() -> list[Command]:
    """Every documented command once, in the order of the pages."""
    found: dict[tuple[str, ...], Command] = {}
    for page in PAGES:
        name, text = str(page.relative_to(ROOT)), page.read_text(encoding="utf-8")
        for words in [*fenced(text), *inline(text)]:
            found.setdefault(words, Command(name, words))
    return list(found.values())


def fenced(text: str) -> list[tuple[str, ...]]:
    r"""The commands in the fences of a page, over lines that end in a backslash, without comments.

    >>> fenced("```bash\nfairwitness run X --limit 3   # short\nls\n```\n")
    [('fairwitness', 'run', 'X', '--limit', '3')]
    """
    lines = [line for fence in FENCE.findall(text) for line in PROMPT.findall(fence)]
    return [tuple(shlex.split(line.replace("\\\n", " "), comments=True)) for line in lines]


def inline(text: str) -> list[tuple[str, ...]]:
    """The commands between backticks, which a page may break over two lines.

    >>> inline("say `fairwitness cache\\ninfo` or `audit.json`")
    [('fairwitness', 'cache', 'info')]
    """
    return [tuple(shlex.split(one)) for one in INLINE.findall(FENCE.sub("", text))]
