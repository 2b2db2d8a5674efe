"""In which manner a run asks, as its settings name it: `--chat` and `--system`."""

from __future__ import annotations

from pathlib import Path

from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadOption
from fairwitness.audit.manner import ASKED_IN_CHAT, Manner
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Fault, Unanswered, answers_trial
from fairwitness.audit.turns import Chat

IN_FILE = "@"
"""What stands before the name of a file that holds a system message."""
OF_THE_MESSAGE: tuple[Fault, ...] = ("control_words", "long_text")
"""Faults that a greeting has by its system message alone."""
MOST_SIGNS = 100_000
"""Of a system message: more is a file of something else."""


def manner_of(chat: Chat | None, system: str | None) -> Manner:
    """The manner that settings name; a system message may stand in a file (`@FILE`).

    Raises BadOption where the file cannot be read, the message is empty, or nothing is asked in a chat.
    """
    text = _read(system) if system else ""
    if system and not text.strip():
        raise BadOption(f"--system {system[:80]}: it is empty")
    if text and chat == "plain":
        raise BadOption("--system stands in a chat alone, and --chat plain asks nothing in one: leave one of them out")
    return Manner(chat=chat or "auto", system=text.strip())


def _read(system: str) -> str:
    if not system.startswith(IN_FILE):
        return system
    path = Path(system.removeprefix(IN_FILE))
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        what = "it is not UTF-8" if isinstance(error, UnicodeError) else str(getattr(error, "strerror", None) or error)
        raise BadOption(f"--system {system[:200]}: {what}") from None
    if len(text) > MOST_SIGNS:
        raise BadOption(
            f"--system {system[:200]}: {len(text)} characters, and a system message has at most {MOST_SIGNS}"
        )
    return text


def check_manner(manner: Manner, info: SubjectInfo) -> None:
    """Raises BadOption for a manner of asking that means nothing for this kind of model."""
    if manner.usual or set(ASKED_IN_CHAT) & set(info.capabilities):
        return
    flag = "--system" if manner.system else f"--chat {manner.chat}"
    what = " ".join(filter(None, (info.architecture, f"({info.kind})")))
    raise BadOption(f"{flag}: {info.spec} is {what}, which neither writes nor scores texts in a chat: leave it out")


def try_manner(manner: Manner, engine: Engine) -> None:
    """Asks the model for one token in this manner. Raises BadOption where it cannot be asked so."""
    if manner.usual or manner.chat == "plain":
        return
    trial = manner.trial(engine.subject.info.capabilities)
    [answer] = engine.answer([trial])
    if isinstance(answer, Unanswered) and (answers_trial(trial, answer) or answer.fault in OF_THE_MESSAGE):
        flag = "--system" if manner.system else f"--chat {manner.chat}"
        raise BadOption(f"{flag}: {engine.subject.info.spec} cannot be asked so: {answer.reason}")
