"""Keeps the libraries underneath from printing, warning and drawing bars; what matters is raised or noted by us."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import huggingface_hub.utils.logging as hub
import transformers.utils.logging as library
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

UNSEEN = "For details look at the above report!"
"""What transformers says of a report that nobody sees here."""


@contextmanager
def quiet() -> Iterator[None]:
    """Silences transformers, the hub client and Python warnings inside the block, and restores them after it."""
    level, bars, hub_bars = library.get_verbosity(), library.is_progress_bar_enabled(), are_progress_bars_disabled()
    hub_level = hub.get_verbosity()
    library.set_verbosity(logging.CRITICAL)
    hub.set_verbosity(logging.CRITICAL)
    library.disable_progress_bar()
    disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        library.set_verbosity(level)
        hub.set_verbosity(hub_level)
        if bars:
            library.enable_progress_bar()
        if not hub_bars:
            enable_progress_bars()


def one_line(error: BaseException) -> str:
    """The message of a foreign error, short enough for a message of ours."""
    text = " ".join(str(error).replace(UNSEEN, "").split())
    return (text[:300] + " …" if len(text) > 300 else text) or type(error).__name__
