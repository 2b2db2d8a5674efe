"""A small OpenAI-compatible server on this machine whose answers, troubles and pace are scripted."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = re.compile(r" ?[A-Za-z]+|\s|[^A-Za-z\s]")
"""How the server cuts a text: words with the space before them, and single signs."""


@dataclass(frozen=True)
class Scripted:
    """What a server sends: a JSON object or raw bytes, with a status and headers; `cut` breaks off in the middle."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


Answer = Callable[[str, Mapping[str, Any], int], Scripted]
"""From the path (`completions`, `chat/completions`), the payload and the number of the question to what is sent."""


@dataclass
class Server:
    """A running server: its URL, and every question that it was asked."""

    url: str
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    busiest: int = 0

    def spec(self, model: str = "tiny") -> str:
        return f"openai:{model}@{self.url}"

    def texts(self) -> list[str]:
        """The last text of every question, in the order in which they came."""
        return [text_of(payload) for _, payload in self.asked]


def text_of(payload: Mapping[str, Any]) -> str:
    messages = payload.get("messages")
    return str(payload["prompt"] if messages is None else messages[-1]["content"])


def tokens(text: str) -> list[str]:
    return TOKEN.findall(text)


def log_prob(before: str, token: str) -> float:
    """A log-probability that depends on the texts alone."""
    return -0.25 - (sum(map(ord, before[-8:] + token)) % 37) / 8


def completion(
    payload: Mapping[str, Any],
    text: str = " yes",
    *,
    chat: bool = False,
    model: str | None = None,
    fingerprint: str | None = "fp_1",
    top: Mapping[str, float] | None = None,
    echoes: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """An answer in the form of OpenAI, with the log-probabilities that the server tells."""
    prompt = text_of(payload)
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop", "logprobs": None}
    if chat:
        choice["message"] = {"role": "assistant", "content": text}
        if top is not None and payload.get("logprobs"):
            likeliest = [{"token": token, "logprob": value, "bytes": None} for token, value in top.items()]
            choice["logprobs"] = {"content": [{**likeliest[0], "top_logprobs": likeliest}]}
    else:
        choice["text"] = text
        if top is not None and payload.get("logprobs"):
            first = next(iter(top))
            choice["logprobs"] = {"tokens": [first], "token_logprobs": [top[first]], "top_logprobs": [dict(top)]}
        if echoes and payload.get("echo"):
            choice["text"] = prompt + text
            choice["logprobs"] = _echoed(prompt, text)
    written = len(tokens(text))
    return {
        "object": "chat.completion" if chat else "text_completion",
        "model": payload["model"] if model is None else model,
        **({} if fingerprint is None else {"system_fingerprint": fingerprint}),
        "choices": [choice],
        "usage": {"prompt_tokens": len(tokens(prompt)) + 3, "completion_tokens": written},
        **more,
    }


def _echoed(prompt: str, text: str) -> dict[str, Any]:
    pieces = tokens(prompt + text)
    values: list[float | None] = []
    before = ""
    for piece in pieces:
        values.append(log_prob(before, piece) if before else None)
        before += piece
    likeliest = [None if value is None else {piece: value} for piece, value in zip(pieces, values, strict=True)]
    return {"tokens": pieces, "token_logprobs": values, "top_logprobs": likeliest}


def plain(path: str, payload: Mapping[str, Any], number: int) -> Scripted:
    """Answers every question with one word, in chats and outside."""
    return Scripted(completion(payload, chat=path == "chat/completions"))


def error(status: int, code: str = "", message: str = "no", **headers: str) -> Scripted:
    return Scripted({"error": {"code": code, "message": message}}, status, headers)


@contextmanager
def served(answer: Answer = plain, *, seconds: float = 0.0) -> Iterator[Server]:
    """A server at a free port of this machine; each answer takes so many seconds."""
    lock = threading.Lock()
    working = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            nonlocal working
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            payload = json.loads(raw)
            path = self.path.removeprefix("/v1/")
            with lock:
                number = len(server.asked)
                server.asked.append((path, payload))
                server.keys.append(self.headers.get("Authorization"))
                working += 1
                server.busiest = max(server.busiest, working)
            try:
                scripted = answer(path, payload, number)
                if seconds:
                    time.sleep(seconds)
            finally:
                with lock:
                    working -= 1
            self.send(scripted)

        def send(self, scripted: Scripted) -> None:
            body = scripted.body if isinstance(scripted.body, bytes) else json.dumps(scripted.body).encode()
            headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **scripted.headers}
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            try:
                self.wfile.write(f"HTTP/1.1 {scripted.status} X\r\n{head}\r\n".encode())
                self.wfile.write(body[: len(body) // 2] if scripted.cut else body)
            except OSError:
                return
            self.close_connection = scripted.cut

        def log_message(self, format: str, *arguments: Any) -> None:
            return

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server = Server(f"http://127.0.0.1:{listening.server_port}/v1")
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
