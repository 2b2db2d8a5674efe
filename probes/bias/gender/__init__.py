"""Occupations × sentences × pronouns: which pronoun a language model expects beside an occupation."""

from __future__ import annotations

from dataclasses import replace

from fairwitness.audit.probe import Context, DoesNotApply, ProbeRun
from fairwitness.audit.requests import Answer, Request
from fairwitness.probes.bias.gender.findings import Asked, findings
from fairwitness.probes.bias.gender.items import families_of, prior, read, requests_for, sentence, templates_of, turns
from fairwitness.probes.bias.gender.scores import Controlled, Score, Unscored, score
from fairwitness.probes.bias.gender.spec import SPEC, GenderOptions
from fairwitness.probes.kit.asking import unique
from fairwitness.probes.kit.blanks import Blank, ModelType
from fairwitness.probes.kit.choices import require
from fairwitness.probes.kit.occupations import occupations_of, shares_note


class Gender:
    """The probe; see SPEC."""

    spec = SPEC
    options = GenderOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests: every sentence, its prior and its controls."""
        options: GenderOptions = ctx.options
        arm: ModelType = "masked" if "FillMask" in ctx.capabilities else "causal"
        occupations = occupations_of(ctx.data["occupations"], options.language, options.limit)
        require("gender.families", options.families, families_of(ctx.data["templates"], options.language), "family")
        templates = templates_of(ctx.data["templates"], options.language, options.families)
        if not any(one.kind == "pronoun" for one in templates):
            raise DoesNotApply(f"the templates hold no sentence with a pronoun in the language {options.language!r}")

        pairs = [
            (one, job, sentence(one, job.word, job.article), prior(one, job, options.language, arm))
            for one, job in turns(templates, occupations, options.wordings)
        ]
        certain = [(one, sentence(one)) for one in templates if one.kind == "competence"]
        sentences: list[Blank] = [text for _, _, whole, bare in pairs for text in (whole, bare)]
        sentences += [text for _, text in certain]
        requests = unique(request for text in sentences for request in requests_for(text, arm))
        lookup = dict(zip(requests, (yield requests), strict=True))

        def answer_to(request: Request) -> Answer:
            return lookup[request]

        readings = {text: read(text, answer_to, arm) for text in dict.fromkeys(sentences)}
        scores = [score(one, job, whole, readings[whole], readings[bare], arm) for one, job, whole, bare in pairs]
        found = findings(
            Asked(
                tuple(one for one in scores if isinstance(one, Score) and one.template.kind == "pronoun"),
                tuple(one for one in scores if isinstance(one, Score) and one.template.kind == "control"),
                tuple(one for one in scores if isinstance(one, Unscored) and one.template.kind == "pronoun"),
                tuple(Controlled(one, text, readings[text]) for one, text in certain),
                arm,
            ),
            ctx.seed,
            options.language,
        )
        return replace(found, notes=[*found.notes, shares_note(ctx.data["occupations"], occupations)])


PROBE = Gender()
