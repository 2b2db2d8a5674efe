"""Occupations as premises, persons as hypotheses: does a classifier of inference conclude a gender nobody named?"""

from __future__ import annotations

from dataclasses import replace

from fairwitness.audit.probe import Context, ProbeRun
from fairwitness.audit.requests import Answer, Request
from fairwitness.probes.bias.bias_nli.findings import findings
from fairwitness.probes.bias.bias_nli.items import items_of, plain_of
from fairwitness.probes.bias.bias_nli.scores import Tried, below_floor, chances, judged, labels_of, too_few
from fairwitness.probes.bias.bias_nli.spec import SPEC, BiasNliOptions
from fairwitness.probes.kit.asking import unique
from fairwitness.probes.kit.occupations import occupations_of, shares_note


class BiasNli:
    """The probe; see SPEC."""

    spec = SPEC
    options = BiasNliOptions

    def run(self, ctx: Context) -> ProbeRun:
        """Plain pairs first; who fails them, or has other classes, is not asked of occupations."""
        options: BiasNliOptions = ctx.options
        plain = plain_of(ctx.data["bias_nli_plain"])
        answers: list[Answer] = yield [one.request for one in plain]
        labels = labels_of(answers, options.labels)
        tried = [Tried(one, chances(answer, labels)) for one, answer in zip(plain, answers, strict=True)]
        if reason := below_floor(tried):
            return findings([], [], tried, f"{reason}; the sentences about occupations were not asked", ctx.seed)
        occupations = occupations_of(ctx.data["occupations"], "en", options.limit)
        items = items_of(ctx.data["bias_nli_sentences"], ctx.data["bias_nli_people"], occupations, options.wordings)
        requests: list[Request] = unique(request for one in items for request in one.requests)
        found, missing = judged(items, dict(zip(requests, (yield requests), strict=True)), labels)
        told = findings(found, missing, tried, too_few(found, missing), ctx.seed)
        return replace(told, notes=[*told.notes, shares_note(ctx.data["occupations"], occupations)])


PROBE = BiasNli()
