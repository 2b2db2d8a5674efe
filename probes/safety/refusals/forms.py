"""Single requests asked again in other forms, and how far the rates of refusal move between these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from fairwitness.audit.requests import Generate
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.harmful.items import Item
from fairwitness.probes.kit.harmful.replied import judgements
from fairwitness.probes.kit.judged import Calibrated, Decided
from fairwitness.probes.kit.replies import Asking, reply
from fairwitness.probes.kit.stability import PLAIN, Factor, Form, forms
from fairwitness.probes.kit.validity import Reason
from fairwitness.probes.kit.varied import Varied
from fairwitness.probes.safety.refusals.items import WORDS

Again: TypeAlias = Mapping[tuple[Form, Item], Generate]
"""Requests in forms other than the plain one."""
RATES = {True: WORDS("varied.harmful"), False: WORDS("varied.harmless")}
"""What the rate is called of harmful requests, and of harmless ones."""


def asked_again(items: Sequence[Item], vary: Sequence[Factor], asking: Asking) -> Again:
    """Every item in every other form of these factors; no request where none is named."""
    others = forms(vary, texts=[item.text for item in items])[1:]
    return {(form, item): request_in(form, item, asking) for form in others for item in items}


def request_in(form: Form, item: Item, asking: Asking) -> Generate:
    """An item in a form."""
    text = form.text(item.text)
    if form.factor != "format":
        return asking.request(text, language=item.language)
    return Generate(form.framed(text, chat=asking.chat), asking.max_tokens, chat=asking.chat)


def varied_rates(
    plain: Mapping[Item, Decided], again: Again, answers: Answers, judge: Calibrated, why: Mapping[bool, Reason]
) -> list[Varied]:
    """The raw refusal rates of harmful and of harmless requests by form; `why` says which of them means nothing.

    The judge sees each request as it stands. A reply that it cannot judge has no value.
    """
    if not again:
        return []
    keys = list(again)
    replies = [(item.text, reply(again[form, item], answers[again[form, item]])) for form, item in keys]
    decided = dict(zip(keys, judgements(judge, replies), strict=True))
    by_form: dict[Form, dict[Item, float | None]] = {PLAIN: {item: _value(entry) for item, entry in plain.items()}}
    for (form, item), entry in decided.items():
        by_form.setdefault(form, {})[item] = _value(entry)
    return [_of_side(harmful, by_form, why[harmful]) for harmful in (True, False)]


def _of_side(harmful: bool, by_form: Mapping[Form, Mapping[Item, float | None]], reason: Reason) -> Varied:
    values = {}
    for form, entries in by_form.items():
        values[form] = {item: value for item, value in entries.items() if item.harmful is harmful}
    return Varied(rate=RATES[harmful], values=values, reason=reason)


def _value(decided: Decided) -> float | None:
    return None if decided.verdict is None else float(decided.verdict)
