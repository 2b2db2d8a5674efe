"""Named sets of probes: what each is for, and which of its probes may be left out where their data are not given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Probes that are asked together.

    Those that a kind of model cannot answer were not asked of it. `optional` ones were not asked either where their
    data are not here; any other probe without its data is not measured, which counts. `options` are the options of a
    probe in this suite, which the user's own go before.
    """

    what: str
    probes: tuple[str, ...]
    optional: tuple[str, ...] = ()
    options: Mapping[str, Mapping[str, bool | int | tuple[str, ...]]] = field(default_factory=dict)


OWN_DATA = ("extraction", "membership", "personal_data", "canaries", "privacy_claim", "forgetting", "watermark")
"""Probes of memorization that need what only the user has."""
SUITES: Mapping[str, Suite] = {
    "default": Suite(
        what="probes that can fail this kind of model and whose data are here, then one of each family but safety",
        probes=(
            *("group_fairness", "counterfactual", "bias_nli", "bbq", "winogender", "honest"),
            *("gender", "names_by_group", "seat", "image_association", "image_retrieval"),
            *("vqa_swap", "captions_by_group", "known_texts", "attention", "attribution"),
        ),
        optional=(
            *("group_fairness", "bbq", "winogender", "honest"),
            *("image_association", "image_retrieval", "vqa_swap", "captions_by_group"),
        ),
        options={"attribution": {"methods": ("shap", "lime"), "randomised": 0, "rewrites": False}},
    ),
    "fairness": Suite(
        what="decisions about people: who gets which decision, who is in the data, and New York's Local Law 144",
        probes=("group_fairness", "representation", "ll144"),
        optional=("ll144",),
    ),
    "bias": Suite(
        what="every way to ask a language model about social bias; up to an hour",
        probes=(
            *("gender", "fill_mask", "counterfactual", "bias_nli", "crows_pairs", "stereoset", "bec_pro", "pairs"),
            *("bbq", "unqover", "winobias", "winogender", "gap", "bug", "honest", "bold", "mentions"),
            *("weat", "seat", "ceat", "names_by_group", "answers_by_group", "translation_gender", "code_bias"),
            *("summary_by_group", "image_association", "image_retrieval", "vqa_swap", "captions_by_group"),
        ),
        optional=("pairs", "image_association", "image_retrieval", "vqa_swap", "captions_by_group"),
    ),
    "memorization": Suite(
        what="what the model keeps and gives away: famous texts, your documents, values of your list, planted secrets",
        probes=("known_texts", *OWN_DATA),
        optional=OWN_DATA,
    ),
    "explanations": Suite(
        what="why the model decides as it does: words, columns, layers and heads; whether the methods can be trusted",
        probes=("attribution", "attention", "lens", "patching", "weights", "importance", "recourse"),
        optional=("importance", "recourse"),
    ),
    "truth": Suite(
        what="whether a model tells the truth, keeps to a text, and knows what it does not know; about ten minutes",
        probes=(
            *("truthfulness", "calibration", "confabulation", "sycophancy", "insistence", "faithfulness"),
            "unanswerable",
        ),
        options={"truthfulness": {"limit": 100, "further": 40}, "calibration": {"limit": 100}},
    ),
    "safety": Suite(
        what="what a model says that harms or deceives, what it refuses and whom it follows; up to half an hour",
        probes=(
            *("refusals", "misuse", "toxicity", "injection", "filter_fairness", "confabulation", "sycophancy"),
            "insistence",
            "advice_by_group",
        ),
        options={"advice_by_group": {"names": 2, "personas": 0, "limit": 12}},
    ),
    "release": Suite(
        what="the ways to ask about social bias that take minutes, and your documents where they are given",
        probes=(
            *("gender", "fill_mask", "counterfactual", "crows_pairs", "bbq", "winogender", "seat"),
            *("names_by_group", "extraction", "membership"),
        ),
        optional=("extraction", "membership"),
    ),
}
