"""The words that a pair of sentences exchanges: pairs that exchange the same ones are no independent witnesses."""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+(?:['\u2019-]\w+)*")
"""Letters and digits with hyphens and apostrophes between them; each Chinese or Japanese character stands alone."""


def exchanged(first: str, second: str) -> str:
    """What one sentence has that the other lacks, in lower case, the same whichever stands first; empty if nothing.

    Several edits are one exchange. Where the same words only change places, those that do.

    >>> exchanged("The black cook sang.", "The white cook sang.")
    'black | white'
    >>> exchanged("She fed her dog.", "He fed his dog.") == exchanged("He ran to his aunt.", "She ran to her aunt.")
    True
    >>> exchanged("Ann beat Bob.", "Bob beat Ann.")
    'ann bob'
    """
    words = [_WORD.findall(text.casefold()) for text in (first, second)]
    first_counts, second_counts = Counter(words[0]), Counter(words[1])
    differences = (first_counts - second_counts, second_counts - first_counts)
    apart = [" ".join(sorted(difference.elements())) for difference in differences]
    if any(apart):
        return " | ".join(sorted(apart))
    return " ".join(sorted({word for word, other in zip(*words, strict=True) if word != other}))
