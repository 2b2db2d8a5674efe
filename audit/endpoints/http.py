"""One question over the wire and what came of it. The library `httpx2` is used here alone."""

from __future__ import annotations

import email.utils
import json
import ssl
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from fairwitness.audit.endpoints.address import Address, Secret
from fairwitness.audit.endpoints.questions import Question
from fairwitness.audit.errors import MissingExtra

CONNECT = 10.0
"""Seconds to wait for a connection."""
LARGEST = 32 * 2**20
"""Bytes of the largest answer that is read."""
MOST_CONNECTIONS = 256
AGAIN = (408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529)
"""HTTP statuses of troubles that pass."""
THROTTLED = (429, 503, 529)
"""HTTP statuses that ask everybody to wait."""
SPENT = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
"""Codes of a refusal that no waiting mends."""
Trouble: TypeAlias = Literal[
    "unreachable", "certificate", "slow", "cut_off", "no_json", "html", "status", "throttled", "spent", "moved", "large"
]


@dataclass(frozen=True, slots=True)
class Said:
    """A JSON object that the endpoint gave with status 200."""

    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """A status that says no: the request, its sender or its path is not taken."""

    status: int
    code: str = ""
    parameter: str = ""
    words: str = ""
    """The server's own words, without the key: they may quote what was asked."""


@dataclass(frozen=True, slots=True)
class NoReply:
    """No answer: what went wrong, in words of ours; whether it may go well again, and after how many seconds."""

    trouble: Trouble
    words: str
    passing: bool = True
    wait: float | None = None
    billed: bool = False
    """Whether the question reached a server that may have answered it and charged for it."""


Reply: TypeAlias = Said | Refused | NoReply


class Connection:
    """Puts questions to an endpoint; many threads may use it at once. Raises MissingExtra without `httpx2`."""

    def __init__(self, address: Address, key: Secret, timeout: float) -> None:
        try:
            import httpx2
        except ImportError as error:
            raise MissingExtra(
                'a model behind an endpoint needs the library httpx2: pip install "fairwitness[endpoint]"'
            ) from error
        self._library = httpx2
        self.address = address
        self.key = key
        self._timeout = timeout
        limits = httpx2.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS)
        self._client = httpx2.Client(
            headers={**key.headers, "Accept": "application/json", "Content-Type": "application/json"},
            timeout=httpx2.Timeout(timeout, connect=min(CONNECT, timeout)),
            limits=limits,
            verify=not (address.local and address.url.startswith("http:")),  # reading all authorities takes a while
            trust_env=not address.local,  # a proxy would carry texts away from this machine
            follow_redirects=False,
        )
        weakref.finalize(self, self._client.close)  # whoever lets go of a subject closes its connections

    def ask(self, asked: Question) -> Reply:
        """The reply to a question."""
        return self.post(asked.path, asked.payload)

    def post(self, path: str, payload: Mapping[str, Any]) -> Reply:
        """The reply to one question; never raises for what a server or the network does."""
        httpx2 = self._library
        try:
            with self._client.stream("POST", f"{self.address.url}/{path}", content=_spelled(payload)) as response:
                body = self._body(response)
                return body if isinstance(body, NoReply) else self._read(response, body)
        except httpx2.TimeoutException as error:
            if isinstance(error, httpx2.ConnectTimeout):
                return NoReply("unreachable", f"no connection within {min(CONNECT, self._timeout):g} seconds")
            return self._slow()
        except httpx2.ConnectError as error:
            if _certificate(error):
                return NoReply("certificate", "its certificate cannot be verified", passing=False)
            return NoReply("unreachable", "no connection: nothing answers there")
        except (httpx2.UnsupportedProtocol, httpx2.InvalidURL, httpx2.ProxyError):
            return NoReply("unreachable", "no connection: the URL or the proxy to it does not work", passing=False)
        except httpx2.DecodingError:
            return NoReply("no_json", "it gave bytes that cannot be unpacked", billed=True)
        except (httpx2.TransportError, httpx2.StreamError, ssl.SSLError, OSError):
            return NoReply("cut_off", "the connection broke off in the middle of an answer", billed=True)

    def _slow(self) -> NoReply:
        return NoReply("slow", f"no whole answer within {self._timeout:g} seconds", billed=True)

    def _body(self, response: Any) -> bytes | NoReply:
        """The bytes of an answer, if they are not too many and come in time: one that drips ends too."""
        end = time.monotonic() + self._timeout
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                return NoReply("large", f"an answer of more than {LARGEST:,} bytes", passing=False, billed=True)
            if time.monotonic() > end:
                return self._slow()
        return b"".join(parts)

    def _read(self, response: Any, raw: bytes) -> Reply:
        status = int(response.status_code)
        if 300 <= status < 400:
            return NoReply("moved", f"it sends us elsewhere (HTTP {status}): give the URL where it is", passing=False)
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            body = None
        if status in AGAIN:
            return self._again(status, body, response.headers)
        if status != 200:
            return self._refused(status, body)
        if isinstance(body, dict) and not isinstance(body.get("error"), dict):
            return Said(body)
        if isinstance(body, dict):
            return self._refused(status, body)
        if raw.lstrip()[:1] == b"<":
            return NoReply("html", "it gave a page (HTML) where an answer in JSON is expected", billed=True)
        return NoReply("no_json", "it gave something that is no JSON object", billed=True)

    def _again(self, status: int, body: Any, headers: Mapping[str, str]) -> NoReply:
        refused = self._refused(status, body)
        if refused.code in SPENT:
            return NoReply("spent", f"the account behind the key has nothing left ({refused.code})", passing=False)
        named = f" ({refused.code})" if refused.code else ""
        trouble: Trouble = "throttled" if status in THROTTLED else "status"
        return NoReply(trouble, f"HTTP {status}{named}", wait=waiting(headers.get("retry-after")))

    def _refused(self, status: int, body: Any) -> Refused:
        error = body.get("error") if isinstance(body, dict) else None
        if isinstance(error, str):
            error = {"message": error}
        if not isinstance(error, dict):
            error = body if isinstance(body, dict) else {}
        code = error.get("code") if isinstance(error.get("code"), str) else error.get("type")
        return Refused(
            status,
            code=self._name(code),
            parameter=self._name(error.get("param")),
            words=self.key.shown(error.get("message") or error.get("detail") or "", 300),
        )

    def _name(self, value: Any) -> str:
        """A short name that a server gives, such as a code; nothing where it is a sentence."""
        shown = self.key.shown(value) if isinstance(value, str) else ""
        return shown if len(shown) <= 60 and all(sign.isalnum() or sign in "_-.[]" for sign in shown) else ""


def waiting(said: str | None, now: float | None = None) -> float | None:
    """Seconds that `Retry-After` asks for: a number of them, or until a date (RFC 9110, 10.2.3); None where neither.

    >>> waiting("7"), waiting("Thu, 01 Jan 1970 00:01:00 GMT", now=45.0), waiting("soon")
    (7.0, 15.0, None)
    """
    if not said:
        return None
    text = said.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - (time.time() if now is None else now)
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0.0, seconds) if seconds == seconds and seconds != float("inf") else None


def _spelled(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=True).encode("ascii")


def _certificate(error: BaseException) -> bool:
    """Whether a connection failed as the certificate of the host cannot be verified."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
