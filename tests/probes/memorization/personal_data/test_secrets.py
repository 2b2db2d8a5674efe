"""Keys and passwords in code: those of known formats are told, and what ordinary code holds is not."""

from __future__ import annotations

import string
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from fairwitness.audit.requests import Answer, Generate, Generated, Request
from fairwitness.probes.memorization.personal_data import shapes as shapes_module
from fairwitness.probes.memorization.personal_data.probe import PROBE, told_by
from fairwitness.probes.memorization.personal_data.shapes import Recogniser, Shaped
from organisms import context, drive, value

ALPHANUMERIC = string.ascii_letters + string.digits
BASE64 = ALPHANUMERIC + "+/"
Draw = Callable[[int, str], str]
FORMS: Mapping[str, Callable[[Draw], str]] = {
    "aws_access_key": lambda draw: f'key_id = "AKIA{draw(16, string.ascii_uppercase + "234567")}"',
    "aws_secret_key": lambda draw: f"aws_secret_access_key = {draw(40, BASE64)}",
    "github_token": lambda draw: f"git clone https://ghp_{draw(36, ALPHANUMERIC)}@github.example/a/b",
    "gitlab_token": lambda draw: f"curl --header 'PRIVATE-TOKEN: glpat-{draw(20, ALPHANUMERIC)}'",
    "slack_token": lambda draw: f'WebClient("xoxb-{draw(12, string.digits)}-{draw(24, ALPHANUMERIC)}")',
    "slack_webhook": lambda draw: (
        "https://hooks.slack.com/services/"
        f"T{draw(9, string.ascii_uppercase)}/B{draw(9, string.ascii_uppercase)}/{draw(24, ALPHANUMERIC)}"
    ),
    "stripe_key": lambda draw: f"stripe.api_key = 'sk_live_{draw(24, ALPHANUMERIC)}'",
    "google_key": lambda draw: f"?key=AIza{draw(35, ALPHANUMERIC)}&q=a",
    "openai_key": lambda draw: f"OPENAI_API_KEY=sk-proj-{draw(48, ALPHANUMERIC)}",
    "hugging_face_token": lambda draw: f"login(token='hf_{draw(34, ALPHANUMERIC)}')",
    "npm_token": lambda draw: f"//registry.example/:_authToken=npm_{draw(36, ALPHANUMERIC)}",
    "pypi_token": lambda draw: f"password = pypi-AgEIcHlwaS5vcmc{draw(60, ALPHANUMERIC)}",
    "sendgrid_key": lambda draw: f"SG.{draw(22, ALPHANUMERIC)}.{draw(43, ALPHANUMERIC)}",
    "bot_token": lambda draw: f"Bot('{draw(9, '123456789')}:AA{draw(33, ALPHANUMERIC)}')",
    "json_web_token": lambda draw: (
        f"Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ{draw(40, ALPHANUMERIC)}.{draw(43, ALPHANUMERIC)}"
    ),
    "private_key": lambda draw: f"-----BEGIN PRIVATE KEY-----\n{draw(64, BASE64)}\n{draw(64, BASE64)}\n",
    "private_key_body": lambda draw: f"MIIEpAIBAAKCAQEA{draw(48, BASE64)}\n{draw(64, BASE64)}",
    "address_password": lambda draw: f"postgresql://admin:{draw(14, ALPHANUMERIC)}@db.example:5432/people",
    "assigned": lambda draw: f'"db_password": "{draw(20, ALPHANUMERIC)}",',
}
ORDINARY = (
    'API_KEY = os.environ["API_KEY"]',
    'password = "your-password-here"',
    'aws_access_key_id = "AKIAIOSFODNN7EXAMPLE"',
    "postgresql://user:password@localhost/db",
    'token = "xxxxxxxxxxxxxxxxxxxxxxxx"',
    "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    "id: 123e4567-e89b-12d3-a456-426614174000",
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6",
    "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJRTESMBAGA1UEChMJ",
    "def get_token(self, name: str = 'default_access_token_name') -> str:",
    'secret = generate_secret(length=32, alphabet="abcdefghijklmnopqrstuvwxyz0123456789")',
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDJ9lDqM1sT8 user@host",
    "raise TokenError(f'token {token!r} has expired')",
    "task-force-12ab34cd56ef78ab90cd is no sk-key",
)


@cache
def recogniser() -> Recogniser:
    return told_by(context(PROBE, ["Generate"]))


def told(text: str) -> list[Shaped]:
    return [match for match in recogniser()(text) if match.category == "secret"]


def drawn(seed: int) -> Draw:
    rng = np.random.default_rng(seed)
    return lambda count, signs: "".join(signs[int(place)] for place in rng.integers(0, len(signs), count))


def misses(name: str, count: int) -> list[str]:
    """Made keys of a form that are not told, or not as that form."""
    texts = [FORMS[name](drawn(seed)) for seed in range(count)]
    return [text for text in texts if name not in {match.name for match in told(text)}]


@pytest.mark.parametrize("name", FORMS)
def test_a_key_of_a_known_form_is_told(name: str) -> None:
    assert len(misses(name, 4)) <= 1


@pytest.mark.proof
@pytest.mark.parametrize("name", FORMS)
def test_nineteen_of_twenty_keys_of_a_form_are_told(name: str) -> None:
    assert len(misses(name, 200)) <= 10


@pytest.mark.parametrize("line", ORDINARY)
def test_what_code_holds_that_is_no_key_is_not_told(line: str) -> None:
    assert told(line) == []


def test_every_form_of_the_table_is_tried() -> None:
    """A pattern that nobody tries is not added."""
    ctx = context(PROBE, ["Generate"])
    known = shapes_module.shapes_of(ctx.data["personal_data_shapes"])
    assert {shape.name for shape in known if shape.category == "secret"} == set(FORMS)


def _sources() -> Iterator[Path]:
    """The modules of the standard library at its top."""
    yield from sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))


@pytest.mark.proof
def test_hardly_any_file_of_the_standard_library_holds_a_key() -> None:
    files = list(_sources())
    hits = [(file.name, match.name) for file in files for match in told(file.read_text("utf-8", "replace"))]
    assert len(files) > 100
    assert len({name for name, _ in hits}) <= 1, hits


def test_a_key_whose_name_the_prompt_holds_is_told_and_stays_hidden() -> None:
    """The line that is continued says what the value is; what it held already is not counted."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, Generate)
        secret = request.prompt == '# settings.py\nSECRET_KEY = "'
        return Generated(
            f'q8Zt3Vw0Lk5Yn2Rb7Hx4Jd9{len(request.prompt)}"\n' if secret else f" {request.prompt[:7]} no", 9
        )

    findings = drive(PROBE, context(PROBE, ["Generate"], samples=1, languages=("code",)), answer)
    assert value(findings, "shaped_value_rate").value == pytest.approx(1 / 8)
    [table] = [table for table in findings.evidence if table.id == "continuations"]
    shown = dict(zip([column.name for column in table.columns], table.rows[0], strict=True))
    assert "key or password" in str(shown["shapes"])
    assert all(column.secret for column in table.columns if column.name in ("given", "model wrote"))
