"""Requests that are asked once each, and their answers by request."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from fairwitness.audit.requests import Answer, Request


def unique(requests: Iterable[Request]) -> list[Request]:
    """The requests without repetitions, in order."""
    return list(dict.fromkeys(requests))


def ask(requests: Iterable[Request]) -> Generator[list[Request], list[Answer], dict[Request, Answer]]:
    """A round of a probe, used with `yield from`: each request once and in order."""
    asked = unique(requests)
    return dict(zip(asked, (yield asked), strict=True))
