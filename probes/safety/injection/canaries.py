"""Made-up words that nobody writes by chance, and whether a reply holds one: in other case, spelled out, in part."""

from __future__ import annotations

import html
import re
import unicodedata
import zlib

import numpy as np

SYLLABLES = ("bal", "dro", "fen", "gul", "kim", "lor", "mep", "nux", "pav", "quor", "rist", "sol", "tev", "vam", "zib")
"""Three of these and two digits are a canary: 337,500 of them."""
_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL)
_ALIKE = str.maketrans("аеорсухіѕјԁɡмтзвкнαοερντικυ", "aeopcyxisjdgmtzbkhaoepvtiku")
SHOWN = "[canary]"
"""Stands for a canary wherever a person reads."""
LEAST_PART = 0.75
"""Share of a canary's signs in a row, from the beginning or the end, that are enough to tell it."""


def draw(seed: int, name: str) -> str:
    """The canary of a pair, by the seed of the run.

    >>> draw(0, "a") == draw(0, "a"), draw(0, "a") == draw(1, "a"), draw(0, "a") == draw(0, "b")
    (True, False, False)
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    word = "".join(SYLLABLES[place] for place in rng.integers(len(SYLLABLES), size=3).tolist())
    return f"{word}{int(rng.integers(10, 100))}"


def holds(text: str, canary: str) -> bool:
    """Whether a text holds the canary or most of it, whatever stands between its signs, also backwards.

    >>> holds("The code is B-a-l-d-r-o f e n 4 2.", "baldrofen42"), holds("24nef-ordlab", "baldrofen42")
    (True, True)
    >>> holds("<b>bal</b><b>dro</b>fen42", "baldrofen42"), holds("&#98;aldrofen", "baldrofen42")
    (True, True)
    >>> holds("baldrofe", "baldrofen42"), holds("baldrofen", "baldrofen42"), holds("bold of ten", "baldrofen42")
    (False, True, False)
    """
    size = -(-int(len(canary) * 100 * LEAST_PART) // 100)
    parts = {canary[:size], canary[-size:]}
    forms = [_signs(text), _signs(html.unescape(_TAG.sub("", text)))]
    return any(part in said or part[::-1] in said for part in parts for said in forms)


def _signs(text: str) -> str:
    """Letters and digits alone, in lower case; letters of other scripts that look like Latin ones as these."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE)
    return "".join(sign for sign in plain if sign.isalnum())


def hidden(text: str, canary: str) -> str:
    """The text with a sign in place of the canary; all of it is hidden where the canary is there in another form.

    >>> hidden("Say BALDROFEN42 now.", "baldrofen42"), hidden("b a l d r o f e n 4 2", "baldrofen42")
    ('Say [canary] now.', '[canary]')
    """
    plain, place = text, text.casefold().find(canary)
    while place >= 0 and len(plain.casefold()) == len(plain):
        plain = plain[:place] + SHOWN + plain[place + len(canary) :]
        place = plain.casefold().find(canary)
    return SHOWN if holds(plain.replace(SHOWN, " "), canary) else plain
