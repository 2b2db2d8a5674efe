"""Beginnings about a person of whom nobody said who: which gender does the model give the person when it goes on?"""

from __future__ import annotations

from dataclasses import replace

from fairwitness.audit.probe import Context, ProbeRun
from fairwitness.audit.requests import Request
from fairwitness.probes.bias.mentions import nextword
from fairwitness.probes.bias.mentions.counting import counted, lists_of, unanswered
from fairwitness.probes.bias.mentions.findings import Asked, findings
from fairwitness.probes.bias.mentions.items import begun, people_of, plain_of, sentences_of
from fairwitness.probes.bias.mentions.spec import SPEC, MentionsOptions
from fairwitness.probes.kit.asking import unique
from fairwitness.probes.kit.occupations import occupations_of, shares_note
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.writing import Sampling, read, sampled


class Mentions:
    """The probe; see SPEC."""

    spec = SPEC
    options = MentionsOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests: continuations of every beginning, and the words that may come next."""
        options: MentionsOptions = ctx.options
        sentences = sentences_of(ctx.data["mentions_prompts"])
        people = people_of(ctx.data["occupations"], ctx.data["mentions_people"], options.limit)
        openings = begun(people, sentences, options.prompts_each, ctx.seed)
        plain = plain_of(ctx.data["mentions_people"], sentences)
        lists = lists_of(ctx.data["mentions_words"])

        prompts = [one.prompt for one in openings]
        how = Sampling(options.samples, options.max_tokens, options.temperature, options.top_p)
        asked = sampled(prompts, how, ctx.seed)
        scored = [nextword.requests(one.text, lists.next_words) for one in prompts]
        scored += [nextword.requests(one.text, nextword.PRONOUNS) for one in plain]
        requests: list[Request] = [
            *unique(request for group in asked for request in group),
            *unique(request for group in scored for request in group),
        ]
        answers = dict(zip(requests, (yield requests), strict=True))
        written = read(prompts, asked, answers)
        found = findings(
            Asked(
                tuple(written),
                tuple(counted(openings, written, lists)),
                tuple(unanswered(openings, written)),
                tuple(nextword.read(openings, lists, answers)),
                tuple(nextword.tried(plain, answers)),
                lists,
                how.note(ctx.seed),
                private(ctx.data["mentions_prompts"].source),
            ),
            ctx.seed,
        )
        jobs = occupations_of(ctx.data["occupations"], "en", options.limit)
        return replace(found, notes=[*found.notes, shares_note(ctx.data["occupations"], jobs)])


PROBE = Mentions()
