"""How a model behind an endpoint is named, what may not stand in its URL, and where its key goes."""

from __future__ import annotations

import pytest

from fairwitness.audit.endpoints import address, price_of
from fairwitness.audit.endpoints.subject import Price
from fairwitness.audit.errors import BadOption, UnknownModel


def test_a_spec_is_a_model_and_a_url() -> None:
    read = address.read("openai:org/llama-3@v2@HTTPS://Api.Example.com:8443/v1/")
    assert (read.model, read.url) == ("org/llama-3@v2", "https://api.example.com:8443/v1")
    assert address.read(read.spec) == read


@pytest.mark.parametrize("spec", ["openai:", "openai:m", "openai:@http://h/v1", "openai:m@ftp://h", "openai:m@http://"])
def test_what_is_no_spec_is_answered_with_the_form(spec: str) -> None:
    with pytest.raises(UnknownModel, match="openai:MODEL@URL"):
        address.read(spec)


@pytest.mark.parametrize(
    "url",
    [
        *("http://user:hunter2-hunter2@h/v1", "https://hunter2-hunter2@h/v1", "http://h/v1?api_key=hunter2-hunter2"),
        *("http://h/v1#hunter2-hunter2", "http://user:hunter2-hunter2@h:port/v1", "http://h/v1 hunter2-hunter2"),
    ],
)
def test_a_url_with_a_secret_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UnknownModel) as refused:
        address.read(f"openai:m@{url}")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        *(("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("[::1]", True)),
        *(("128.0.0.1", False), ("10.0.0.1", False), ("localhost.example.com", False), ("example.com", False)),
    ],
)
def test_only_this_machine_is_local(host: str, local: bool) -> None:
    assert address.read(f"openai:m@http://{host}:80/v1").local == local


def test_a_key_of_openai_goes_to_openai_alone() -> None:
    both = {"OPENAI_API_KEY": "sk-openai", "FAIRWITNESS_API_KEY": "sk-ours"}
    openai, other = (address.read(f"openai:m@https://{host}/v1") for host in ("api.openai.com", "notopenai.com"))
    assert address.key_of(openai, both).headers == {"Authorization": "Bearer sk-openai"}
    assert address.key_of(other, both).headers == {"Authorization": "Bearer sk-ours"}
    assert address.key_of(other, {"OPENAI_API_KEY": "sk-openai"}).headers == {}
    assert address.key_of(openai, {"FAIRWITNESS_API_KEY": "sk-ours"}).headers == {"Authorization": "Bearer sk-ours"}


def test_a_key_stands_in_no_text() -> None:
    key = address.Secret("sk-secret")
    assert "sk-secret" not in repr(key)
    assert key.shown("bad key sk-secret,\nsays \x1b[31mthe server") == "bad key [key], says [31mthe server"
    with pytest.raises(UnknownModel) as refused:
        address.key_of(address.read("openai:m@http://h/v1"), {"FAIRWITNESS_API_KEY": "sk-se\ncret"})
    assert "sk-se" not in str(refused.value)


@pytest.mark.parametrize("price", ["1", "a/b", "1/2/3", "-1/2", "nan/1", "inf/1", "=", ""])
def test_a_price_is_two_numbers(price: str) -> None:
    with pytest.raises(BadOption, match="READ/WRITTEN"):
        price_of("openai:m@http://h/v1", [price])


def test_the_price_of_a_model_goes_before_that_of_all() -> None:
    prices = ["other=9/9", "m=3/4", "1/2"]
    assert price_of("openai:m@http://h/v1", prices) == Price(3, 4)
    assert price_of("openai:n@http://h/v1", prices) == Price(1, 2)
    assert price_of("openai:n@http://h/v1", ["m=3/4"]) is None
    assert Price(3, 4).of(1_000_000, 500_000).price == pytest.approx(5)
