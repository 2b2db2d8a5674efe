"""A signed run: every byte that changes is found and named, and other readers of DSSE verify it too."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from golden.sample import sample

from fairwitness.audit import cli, document, signing
from fairwitness.audit.records import Audit, Measured
from fairwitness.audit.signing import SIGNATURE, Difference
from fairwitness.reports import FORMATS
from fairwitness.reports.outputs.intoto import predicate

dsse = pytest.importorskip("securesystemslib.dsse", reason="securesystemslib is not installed")
signers = pytest.importorskip("securesystemslib.signer", reason="securesystemslib is not installed")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return signing.new_keys(tmp_path_factory.mktemp("keys") / "key")


def write(folder: Path, audit: Audit, keys: tuple[Path, Path]) -> Path:
    document.write(audit, folder, FORMATS["html"].draw(audit))
    signing.sign(folder, signing.private_key(keys[0]), predicate(audit))
    return folder


def many_rows() -> Audit:
    """The sample with a table that stands in a file of its own."""
    first, *others = sample().results
    assert isinstance(first, Measured)
    table = replace(first.evidence[0], rows=first.evidence[0].rows[:1] * 300, total=300)
    return replace(sample(), results=(replace(first, evidence=(table, *first.evidence[1:])), *others))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, keys: tuple[Path, Path]) -> Path:
    return write(tmp_path_factory.mktemp("signed") / "run", many_rows(), keys)


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    return shutil.copytree(run, tmp_path / "copy")


def differences(folder: Path, keys: tuple[Path, Path]) -> list[tuple[str, str, str]]:
    made = signing.verify(folder, signing.public_key(keys[1]))
    assert made.holds is (not made.differences)
    return [(difference.change, difference.name, difference.also) for difference in made.differences]


@pytest.mark.slow
def test_a_run_that_nobody_touched_is_verified(run: Path, keys: tuple[Path, Path]) -> None:
    made = signing.verify(run, signing.public_key(keys[1]))
    assert (made.holds, made.differences, made.files) == (True, (), 3)
    assert (run / SIGNATURE).stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_every_byte_of_a_document_counts(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    small = replace(sample(), results=(), verdicts=(), outcome="nothing_ran", exit_code=4)
    document.write(small, tmp_path / "run")
    signing.sign(tmp_path / "run", signing.private_key(keys[0]), predicate(small))
    path, key = tmp_path / "run" / document.AUDIT, signing.public_key(keys[1])
    content = path.read_bytes()
    assert 500 < len(content) < 10_000
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        made = signing.verify(tmp_path / "run", key)
        assert made.differences == (Difference("changed", document.AUDIT),), place


@pytest.mark.slow
def test_every_byte_of_the_signature_counts(copy: Path, keys: tuple[Path, Path]) -> None:
    path, key = copy / SIGNATURE, signing.public_key(keys[1])
    content = path.read_bytes()
    for place in [*range(0, len(content), 11), *range(len(content) - 300, len(content))]:
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        made = signing.verify(copy, key)
        assert [difference.change for difference in made.differences] == ["unsigned"], place


@pytest.mark.parametrize("spoil", [
    lambda content: content + b" ", lambda content: b" " + content, lambda content: content.rstrip(b"\n"),
    lambda content: content.replace(b'{"payload"', b'{ "payload"', 1),
    lambda content: content.replace(b'"payload":', b'"x":1,"payload":', 1),
    lambda content: b"", lambda content: b"[]", lambda content: b"{}", lambda content: b"\xff",
    lambda content: b"[" * 100_000,
])  # fmt: skip
@pytest.mark.slow
def test_a_signature_that_is_spelled_otherwise_is_none(
    spoil: Callable[[bytes], bytes], copy: Path, keys: tuple[Path, Path]
) -> None:
    path = copy / SIGNATURE
    path.write_bytes(spoil(path.read_bytes()))
    ((change, text, _),) = differences(copy, keys)
    assert (change, "was changed" in text) == ("unsigned", True)


@pytest.mark.slow
def test_sampled_bytes_of_every_other_file_count(copy: Path, keys: tuple[Path, Path]) -> None:
    paths = sorted(path for path in copy.rglob("*") if path.is_file() and path.name != SIGNATURE)
    assert [path.relative_to(copy).parts[0] for path in paths] == ["audit.json", "evidence", "report.html"]
    for path in paths:
        content = path.read_bytes()
        for place in {0, 1, len(content) // 2, len(content) - 1, *range(0, len(content), 1 + len(content) // 20)}:
            path.write_bytes(content[:place] + bytes([content[place] ^ 128]) + content[place + 1 :])
            assert differences(copy, keys) == [("changed", path.relative_to(copy).as_posix(), "")]
        for other in (content + b"\n", content[:-1], b"", content[1:]):
            path.write_bytes(other)
            assert differences(copy, keys) == [("changed", path.relative_to(copy).as_posix(), "")]
        path.write_bytes(content)


def test_what_is_added_removed_renamed_or_swapped_is_named(copy: Path, keys: tuple[Path, Path]) -> None:
    table = next((copy / "evidence").iterdir())
    inner = f"evidence/{table.name}"
    (copy / "deep" / "er").mkdir(parents=True)
    (copy / "deep" / "er" / ".hidden").write_text("x")
    assert differences(copy, keys) == [("added", "deep/er/.hidden", "")]
    shutil.rmtree(copy / "deep")
    content = table.read_bytes()
    table.rename(table.with_name("other.parquet"))
    assert differences(copy, keys) == [("renamed", inner, "evidence/other.parquet")]
    (copy / "evidence" / "other.parquet").unlink()
    assert differences(copy, keys) == [("missing", inner, "")]
    table.write_bytes((copy / "report.html").read_bytes())
    (copy / "report.html").write_bytes(content)
    assert sorted(differences(copy, keys)) == [("changed", inner, ""), ("changed", "report.html", "")]


def test_two_files_of_the_same_bytes_are_told_apart(copy: Path, keys: tuple[Path, Path]) -> None:
    (copy / "copy.html").write_bytes((copy / "report.html").read_bytes())
    assert differences(copy, keys) == [("added", "copy.html", "")]


@pytest.mark.slow
@pytest.mark.parametrize("place", ["link", "evidence/link"])
def test_a_link_is_no_file_of_a_run(place: str, copy: Path, keys: tuple[Path, Path]) -> None:
    (copy / place).symlink_to(copy / "report.html")
    ((change, text, _),) = differences(copy, keys)
    assert (change, "link" in text) == ("unsigned", True)
    assert cli.invoke(["sign", str(copy), "--key", str(keys[0])]) == 2
    (copy / place).unlink()
    page = copy / "report.html"
    page.rename(copy.parent / "page")
    page.symlink_to(copy.parent / "page")
    assert differences(copy, keys)


@pytest.mark.slow
def test_a_signature_of_another_run_is_not_taken(copy: Path, tmp_path: Path, keys: tuple[Path, Path]) -> None:
    other = write(tmp_path / "other", replace(sample(), fairwitness_version="0.0.1"), keys)
    (copy / SIGNATURE).write_bytes((other / SIGNATURE).read_bytes())
    assert ("changed", document.AUDIT, "") in differences(copy, keys)


def test_what_the_key_signed_besides_runs_is_not_taken(copy: Path, keys: tuple[Path, Path]) -> None:
    from fairwitness.audit.signing import envelope

    for payload in (b"{}", b"[]", b'{"_type": "x", "predicateType": "y", "subject": []}'):
        made = dsse.Envelope(payload, envelope.PAYLOAD, {})
        made.sign(signers.CryptoSigner(signing.private_key(keys[0])))
        text = json.dumps(made.to_dict(), sort_keys=True, separators=(",", ":")) + "\n"
        (copy / SIGNATURE).write_text(text)
        ((change, said, _),) = differences(copy, keys)
        assert (change, "another kind" in said) == ("unsigned", True)


def test_other_readers_verify_it(run: Path, keys: tuple[Path, Path]) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.exceptions import VerificationError

    spelled = json.loads((run / SIGNATURE).read_text())
    public: Any = load_pem_public_key(keys[1].read_bytes())
    payload, kind = base64.b64decode(spelled["payload"]), spelled["payloadType"]
    signature = base64.b64decode(spelled["signatures"][0]["sig"])
    authenticated = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)  # DSSE, PAE by hand
    public.verify(signature, authenticated)
    with pytest.raises(InvalidSignature):
        public.verify(signature, authenticated + b" ")
    assert len(dsse.Envelope.from_dict(spelled).verify([signers.SSlibKey.from_crypto(public)], 1)) == 1
    spelled = json.loads((run / SIGNATURE).read_text())
    spelled["payload"] = base64.b64encode(payload.replace(b"FAILED", b"PASSED")).decode()
    with pytest.raises(VerificationError):
        dsse.Envelope.from_dict(spelled).verify([signers.SSlibKey.from_crypto(public)], 1)


def test_the_statement_is_a_test_result_over_every_file(run: Path) -> None:
    statement = json.loads(base64.b64decode(json.loads((run / SIGNATURE).read_text())["payload"]))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    files = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}
    assert {subject["name"] for subject in statement["subject"]} == files - {SIGNATURE}
    assert statement["predicate"]["result"] == "FAILED"
    assert statement["predicate"]["fairwitness"]["exitCode"] == 1
    roles = [entry["annotations"]["role"] for entry in statement["predicate"]["configuration"]]
    assert roles == ["model", "policy", "data", "data"]


@pytest.mark.slow
def test_the_same_run_gives_the_same_signature(copy: Path, keys: tuple[Path, Path]) -> None:
    before = (copy / SIGNATURE).read_bytes()
    assert cli.invoke(["sign", str(copy), "--key", str(keys[0])]) == 0
    assert (copy / SIGNATURE).read_bytes() == before


@pytest.mark.slow
def test_a_run_that_is_being_written_is_not_signed(copy: Path, keys: tuple[Path, Path]) -> None:
    (copy / f".log.jsonl.{os.getpid()}").touch()
    assert cli.invoke(["sign", str(copy), "--key", str(keys[0])]) == 2
