"""What a language model goes on with or scores: a text as it stands, or a conversation in the form of its template."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["user", "assistant"]
ROLES: tuple[Role, ...] = ("user", "assistant")
"""Who speaks in a conversation. What a system message says is no turn: it has a field of its own."""
Chat: TypeAlias = Literal["auto", "chat", "plain"]
"""How a run asks; `auto`: as each probe does by itself, with a question in the template of a model that has one."""
GREETING = "Hello."
"""What shows whether there is a template: one token of an answer to it, the same for every probe."""
GREETED = "Hello"
"""The answer to it whose likelihood is asked of a model that is asked for nothing else."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said before, by the user or by the model. Raises ValueError for another role or an empty text.

    >>> Turn("user", "Who wrote it?").text
    'Who wrote it?'
    """

    role: Role
    text: str

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"a turn has the role {self.role!r}, which is none: a turn is of {' or '.join(ROLES)}")
        if not self.text.strip():
            raise ValueError(f"a turn of the {self.role} is empty: leave it out")


@dataclass(frozen=True, slots=True)
class LogLikelihood:
    """Token log-probabilities of `continuation` after `context`, teacher-forced in one pass.

    The text is tokenised whole and cut at the context's length. An empty context is conditioned on BOS, else EOS;
    with `bos=False`, or where the tokenizer has neither, the first token is not scored. With `chat` the context is what
    a user says: the tokenizer's chat template is put around it, and the continuation is how the model's answer begins.
    `moments` asks for the mean and the standard deviation of the log-probability beside each token, in the same pass.
    `system`, `turns` and `says` are as in `Generate`; where the model says the context, its turn has begun with it.
    """

    context: str
    continuation: str
    bos: bool = True
    chat: bool = False
    moments: bool = False
    system: str = ""
    turns: tuple[Turn, ...] = ()
    says: Role = "user"
    trial: bool = field(default=False, compare=False)
    """As in `Generate`."""

    def __post_init__(self) -> None:
        _check(self.turns, self.says)


@dataclass(frozen=True, slots=True)
class Generate:
    """A continuation of at most `max_tokens`; greedy at temperature 0, sampled with `seed` otherwise.

    Each token is drawn from the smallest set of likeliest tokens that together have at least the probability `top_p`
    after the temperature (nucleus sampling; Holtzman et al. 2020, https://arxiv.org/abs/1904.09751); 1 is all tokens.
    With `chat` the prompt is what a user says: the tokenizer's chat template is put around it, `system` before it where
    that is not empty, then the earlier `turns`, and the continuation is the model's turn. Where the model `says` the
    prompt, its own turn has begun with it, behind a turn of the user's, and it goes on there. A model without a
    template does not answer, and the fault is `no_chat`; so is that of a template that has no place for the system
    message, an earlier turn or their order, and of all of these without `chat`. Raises ValueError where the last of the
    `turns` is the model's and the model is to go on with its own.
    """

    prompt: str
    max_tokens: int
    temperature: float = 0.0
    seed: int = 0
    top_p: float = 1.0
    chat: bool = False
    system: str = ""
    turns: tuple[Turn, ...] = ()
    says: Role = "user"
    trial: bool = field(default=False, compare=False)
    """Whether it is asked only to learn if the model has a chat template: then it is an answer that it has none.

    It is no part of what is asked: a trial equals the same request in earnest.
    """

    def __post_init__(self) -> None:
        _check(self.turns, self.says)


def _check(turns: tuple[Turn, ...], says: Role) -> None:
    """Raises ValueError for turns that no conversation has."""
    if not isinstance(turns, tuple) or not all(isinstance(turn, Turn) for turn in turns):
        raise ValueError("earlier turns are a tuple of Turn(role, text)")
    if says not in ROLES:
        raise ValueError(f"who says a prompt is {' or '.join(ROLES)}, not {says!r}")
    if says == "assistant" and (not turns or turns[-1].role != "user"):
        raise ValueError(
            "a turn of the model's begins behind one of the user's: the last earlier turn must be the user's"
        )


def messages_of(request: Generate | LogLikelihood) -> list[dict[str, str]]:
    """A request of a chat as messages with a role and a content, the last one the prompt or the context.

    >>> messages_of(Generate("And who else?", 8, chat=True, turns=(Turn("user", "Who?"), Turn("assistant", "Ada."))))[1]
    {'role': 'assistant', 'content': 'Ada.'}
    """
    last = request.prompt if isinstance(request, Generate) else request.context
    system = [{"role": "system", "content": request.system}] if request.system else []
    earlier = [{"role": turn.role, "content": turn.text} for turn in request.turns]
    return [*system, *earlier, {"role": request.says, "content": last}]


def outside_a_chat(request: Generate | LogLikelihood) -> str:
    """Why a request without `chat` has no answer; empty where it has nothing that stands in a chat alone."""
    if request.chat:
        return ""
    if request.system:
        return "a system message stands in a chat alone"
    return "earlier turns stand in a chat alone" if request.turns else ""


def earlier_texts(request: Generate | LogLikelihood) -> str:
    """All texts before the last, by which requests that begin alike are told."""
    return "\n".join([request.system, *(turn.text for turn in request.turns)])
