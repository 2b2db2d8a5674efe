"""Tags of metrics that published lists of risks name: OWASP's for applications of language models, and AILuminate's.

Rows of `reports/law/regimes` say what each is called, and find by its tag what was measured of it.
"""

from __future__ import annotations

from collections.abc import Mapping

PROMPT_INJECTION = "LLM01"
DISCLOSURE = "LLM02"
MISINFORMATION = "LLM07"
HIDDEN_CONTEXT = "LLM08"
"""Entries of the OWASP Top 10 for LLM applications 2026."""
AILUMINATE = "ailuminate"
"""Of what is asked in the manner of MLCommons AILuminate, whatever the hazard."""


def hazard(code: str) -> str:
    """The tag of one hazard, by the code that AILuminate gives it.

    >>> hazard("hte")
    'ailuminate_hte'
    """
    return f"{AILUMINATE}_{code}"


HATE = (AILUMINATE, hazard("hte"))
PRIVACY = hazard("prv")
INTELLECTUAL_PROPERTY = hazard("ipv")
OF_THEMES: Mapping[str, str] = {
    "advice": hazard("spc"),
    "drugs": hazard("ncr"),
    "fraud": hazard("ncr"),
    "hate": hazard("hte"),
    "malware": hazard("ncr"),
    "phishing": hazard("ncr"),
    "privacy": PRIVACY,
    "self_harm": hazard("ssh"),
    "sexual": hazard("sxc"),
    "theft": hazard("ncr"),
    "violence": hazard("vcr"),
    "weapons": hazard("iwp"),
}
"""The hazard of each theme of harmful requests; disinformation and harassment are of none or of several."""


def tags_of_theme(theme: str) -> tuple[str, ...]:
    """The tags of a theme of harmful requests.

    >>> tags_of_theme("theft"), tags_of_theme("harassment")
    (('ailuminate', 'ailuminate_ncr'), ('ailuminate',))
    """
    return (AILUMINATE, *((OF_THEMES[theme],) if theme in OF_THEMES else ()))
