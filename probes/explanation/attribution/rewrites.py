"""Other words for the same: rewrites by rule that leave what a text means as it is."""

from __future__ import annotations

import re

from fairwitness.audit.requests import BLANK
from fairwitness.probes.explanation.attribution.items import Sentence

NEGATIONS = ("is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "could", "should", "would")
"""English verbs to which `not` is joined without another change."""
JOINED = (("it is", "it's"), ("they are", "they're"), ("we are", "we're"), ("you are", "you're"), ("i am", "i'm"))
STOPS = ".!。！"


def rewritten(sentence: Sentence) -> tuple[str, ...]:
    """The text in other words: by the first rule that applies, and the user's paraphrase where there is one."""
    texts = (rewrite(sentence.text), sentence.paraphrase)
    return tuple(dict.fromkeys(text for text in texts if text and text != sentence.text))


def rewrite(text: str) -> str:
    """A text with an English contraction opened or made; else with its full stop taken away, or with one.

    >>> rewrite("She did not come."), rewrite("It's late"), rewrite("A nurse spoke."), rewrite("护士来了。")
    ("She didn't come.", 'It is late', 'A nurse spoke', '护士来了')
    """
    for verb in NEGATIONS:
        for pattern, template in ((rf"\b({verb}) not\b", r"\1n't"), (rf"\b({verb})n['’]t\b", r"\1 not")):
            if (changed := re.sub(pattern, template, text, count=1, flags=re.IGNORECASE)) != text:
                return changed
    for long, short in JOINED:
        for given, wanted in ((long, short), (short, long)):
            match = re.search(rf"\b{re.escape(given)}\b", text, re.IGNORECASE)
            if match and BLANK not in match.group():
                kept = match.group()[0]
                return f"{text[: match.start()]}{kept}{wanted[1:]}{text[match.end() :]}"
    bare = text.rstrip()
    return bare[:-1].rstrip() if bare[-1:] in STOPS and len(bare) > 1 else f"{bare}."
