"""A word put into a blank, as the tokenizer writes it there."""

from __future__ import annotations

from fairwitness.audit.huggingface.encode import Encoded, Encoder
from fairwitness.audit.requests import Unanswered


def place_filler(
    encoder: Encoder, before: str, word: str, after: str, *, special: bool = True
) -> tuple[Encoded, int, int] | Unanswered:
    """The text with the word in its blank, and the first and past-the-last token of the word.

    The word is tokenised where it stands, so that a leading space or a capital counts as it would in running text.
    """
    word = word.strip()
    whole = before + word + after
    if not word:
        return Unanswered("an empty target cannot fill a blank")
    if (bad := encoder.unreadable(whole)) is not None:
        return bad
    encoded = encoder.encode(whole, special=special)
    if (long := encoder.fits(len(encoded))) is not None:
        return long
    low, high = len(before), len(before) + len(word)
    span = [p for p in range(len(encoded)) if encoded.starts[p] < high and encoded.ends[p] > low]
    outside = "".join(whole[encoded.starts[p] : low] + whole[high : max(high, encoded.ends[p])] for p in span)
    if not span or outside.strip():
        return Unanswered(f"the target {word!r} merges with the text around it into one token")
    if encoder.unknown_id is not None and any(encoded.ids[p] == encoder.unknown_id for p in span):
        return Unanswered(f"the tokenizer does not know the target {word!r}")
    first = span[0]
    while (
        first
        and not encoded.special[first - 1]
        and not whole[encoded.starts[first - 1] : encoded.ends[first - 1]].strip()
    ):
        first -= 1  # a space that is a token of its own is part of how the word is written
    return encoded, first, span[-1] + 1
