"""Where a model behind an endpoint is asked, and the key to it: `openai:MODEL@URL`, the key from the environment."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fairwitness.audit.errors import UnknownModel

OPENAI = "openai:"
"""How the spec of a model behind an OpenAI-compatible endpoint begins."""
FORM = f"{OPENAI}MODEL@URL, such as {OPENAI}llama-3@http://localhost:8000/v1"
KEY, KEY_OF_OPENAI = "FAIRWITNESS_API_KEY", "OPENAI_API_KEY"
"""Variables of the environment that hold a key; the second one goes to hosts of OpenAI alone."""
_HOSTS_OF_OPENAI = "openai.com"
_SPEC = re.compile(r"openai:(?P<model>.*?)@(?P<url>https?://.*)", re.DOTALL | re.IGNORECASE)
_LIVE = re.compile(r"[\x00-\x20\x7f]")
HIDDEN = "[key]"
SHOWN = 120
"""Characters of a server's own words that a message repeats."""


@dataclass(frozen=True, slots=True)
class Address:
    """A model's name and the base URL of its endpoint, without credentials."""

    model: str
    url: str
    host: str

    @property
    def spec(self) -> str:
        """The model as a spec names it."""
        return f"{OPENAI}{self.model}@{self.url}"

    @property
    def local(self) -> bool:
        """Whether the host is this machine by its name or number, so that no text leaves it."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that stands in no text: `shown` takes it out of what a server says."""

    value: str = field(default="", repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What shows the key to the endpoint; nothing without one."""
        return {"Authorization": f"Bearer {self.value}"} if self.value else {}

    def shown(self, said: object, longest: int = SHOWN) -> str:
        """Words of a server in one printable line, without the key."""
        text = str(said)
        if self.value:
            text = text.replace(self.value, HIDDEN)
        line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
        return line if len(line) <= longest else f"{line[:longest]}…"


def is_endpoint(spec: str | None) -> bool:
    """Whether a spec names a model behind an endpoint."""
    return spec is not None and spec.lower().startswith(OPENAI)


def read(spec: str) -> Address:
    """The address of a spec. Raises UnknownModel, whose words repeat neither a password nor a query."""
    match = _SPEC.fullmatch(spec)
    if match is None or not match["model"].strip():
        raise UnknownModel(f"a model behind an endpoint is named {FORM}")
    if _LIVE.search(match["url"]):
        raise UnknownModel(f"the URL of an endpoint has no spaces or line breaks: write {FORM}")
    try:
        parts = urlsplit(match["url"])
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UnknownModel(f"the URL of the endpoint cannot be read: write {FORM}") from None
    if parts.username is not None or parts.password is not None:
        raise UnknownModel(
            f"the URL of the endpoint holds a name or a password before its host: leave it out, and set the key as "
            f"{KEY} in the environment"
        )
    if parts.query or parts.fragment or "?" in match["url"] or "#" in match["url"]:
        raise UnknownModel(
            f"the URL of the endpoint ends in a query or a fragment, where keys are often put: leave it out, and set "
            f"the key as {KEY} in the environment"
        )
    if not host:
        raise UnknownModel(f"the URL of the endpoint names no host: write {FORM}")
    named = f"[{host}]" if ":" in host else host
    place = named if port is None else f"{named}:{port}"
    return Address(match["model"].strip(), f"{parts.scheme.lower()}://{place}{parts.path.rstrip('/')}", host)


def key_of(address: Address, environment: Mapping[str, str]) -> Secret:
    """The key for an endpoint: of OpenAI's hosts its own variable first; a key of OpenAI is sent nowhere else.

    Raises UnknownModel for one that cannot stand in a header.
    """
    host = address.host.lower()
    of_openai = host == _HOSTS_OF_OPENAI or host.endswith(f".{_HOSTS_OF_OPENAI}")
    names = (KEY_OF_OPENAI, KEY) if of_openai else (KEY,)
    for name in names:
        value = environment.get(name, "").strip()
        if value:
            if not value.isascii() or _LIVE.search(value):
                raise UnknownModel(f"the key in {name} holds signs that no key has: set it anew")
            return Secret(value)
    return Secret()
