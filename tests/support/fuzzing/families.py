"""What is damaged, and who reads it: one function a family makes a case and gives it to the reader."""

from __future__ import annotations

import hashlib
import json
import struct
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from fairwitness.audit import config, document, policy, toml_text
from fairwitness.audit.datasets.tables import read_columns
from fairwitness.audit.errors import BadPolicy, FairwitnessError
from fairwitness.audit.probe import metric_names, registry
from fairwitness.audit.records import Audit
from fairwitness.audit.session.select import select
from fairwitness.reports import FORMATS
from fuzzing.mutations import VALUES, changed, damaged

Case: TypeAlias = Callable[[Path, np.random.Generator], None]
"""Makes a case in a folder of its own and has it read. Raises what the reader raises."""

TODAY = date(2026, 11, 29)
SETTINGS = b"""model = "a/b"
probes = ["group_fairness", "pairs"]
limit = 10
seed = 3
label = "y"
group = ["sex", "race"]
reference = ["sex=f"]
offline = true
policy = "p.toml"

[probe.pairs]
limit = 3

[probe.group_fairness]
threshold = 0.5
"""
RULES = b"""version = 1

[defaults]
min_n = 10
min_effect = 0.01
fail_alpha = 0.01

[[rules]]
id = "selection"
select = "group_fairness/selection_*[sex=f]"
op = ">="
value = 0.8
severity = "error"

[[rules]]
id = "bias"
select = "weat|seat/association tag:worst"
op = "within"
value = 0.2
on_not_measured = "ignore"

[[waivers]]
reason = "few people"
owner = "risk"
select = "group_fairness/*[sex=f]"
created = 2026-01-01
expires = 2027-01-01
max_value = 0.7
covers = ["not_measured"]
"""
TABLE = b"id,sex,y,d,score,text\n" + b"".join(
    b'%d,%s,%d,%d,0.%d,"a text, with ""quotes"" %d"\n' % (at, (b"f", b"m")[at % 2], at % 2, at % 3 % 2, at % 10, at)
    for at in range(12)
)
ROWS = [{"sex": "f" if at % 2 else "m", "y": at % 2, "d": 1, "text": f"text {at}", "more": [at]} for at in range(8)]
SCORES = {"intrasentence": [{"id": f"a{at}", "score": at / 7} for at in range(6)], "intersentence": []}


def settings(folder: Path, rng: np.random.Generator) -> None:
    """A settings file with damaged bytes."""
    path = _file(folder, "fairwitness.toml", damaged(SETTINGS, rng))
    given = config.gather(path, {}, {}, named=bool(rng.integers(2)))
    select(config.resolve(given), given)


def options(folder: Path, rng: np.random.Generator) -> None:
    """Settings with values of other types, as a command line or another front end could give them."""
    given = config.Given(changed(_settings(), rng), {}, {})
    select(config.resolve(given), given)
    config.command(given, config.resolve(given))


def rules(folder: Path, rng: np.random.Generator) -> None:
    """A policy with damaged bytes, which then judges."""
    judging, _ = policy.load(_file(folder, "policy.toml", damaged(RULES, rng)), TODAY)
    _judge(judging)


def rule_values(folder: Path, rng: np.random.Generator) -> None:
    """A policy with values of other types, which then judges."""
    source = toml_text.TomlText("policy.toml", RULES.decode(), changed(tomllib.loads(RULES.decode()), rng), "")
    _judge(toml_text.validate(policy.Policy, source, BadPolicy))


def _judge(judging: policy.Policy) -> None:
    policy.check_probes(judging, metric_names(registry().values()))
    policy.coverage(judging, registry(), TODAY)
    policy.judge(judging, _audit().results, "Bert", TODAY)


def documents(folder: Path, rng: np.random.Generator) -> None:
    """A document with values of other types, drawn and compared where it is read."""
    spelled = changed(a_document(), rng)
    text = json.dumps(spelled)
    read = document.read(_file(folder, document.AUDIT, text.encode("utf-8", "surrogatepass")))
    draw(read, rng)


def document_bytes(folder: Path, rng: np.random.Generator) -> None:
    """A document with damaged bytes."""
    draw(document.read(_file(folder, document.AUDIT, damaged(_document_bytes(), rng))), rng)


def draw(audit: Audit, rng: np.random.Generator) -> None:
    """Whatever is drawn from a document, and its comparison with a good one."""
    from fairwitness.audit import comparison
    from fairwitness.reports import comparison as compared
    from fairwitness.reports import terminal

    terminal.render(audit, 80)
    for output in FORMATS.values():
        output.draw(audit)
    found = comparison.compare(*((_audit(), audit) if rng.integers(2) else (audit, _audit())), names=("a", "b"))
    comparison.to_json(found)
    for _, show in compared.FORMATS.values():
        show(found)


def evidence(folder: Path, rng: np.random.Generator) -> None:
    """A file of evidence with damaged bytes and the hash of what it is now."""
    spelled, content = _with_file()
    spoilt = damaged(content, rng)
    item = next(item for result in spelled["results"] for item in result.get("evidence", ()) if "file" in item)
    (folder / document.EVIDENCE).mkdir()
    _file(folder, item["file"], spoilt)
    text = json.dumps(spelled).replace(item["sha256"], hashlib.sha256(spoilt).hexdigest())
    draw(document.read(_file(folder, document.AUDIT, text.encode())), rng)


def tables(folder: Path, rng: np.random.Generator) -> None:
    """A table with damaged bytes, as data and as decisions."""
    from fairwitness.audit.tabular import load_predictions

    suffix = (".csv", ".tsv", ".data", ".txt")[int(rng.integers(4))]
    content = TABLE.replace(b",", b"\t") if suffix == ".tsv" else TABLE
    path = _file(folder, f"table{suffix}", damaged(content, rng))
    read_columns(path, ("a", "b", "c"))
    load_predictions(path, label="y", prediction="d", score="score")


def json_files(folder: Path, rng: np.random.Generator) -> None:
    """JSON and JSON lines with damaged bytes or values, as data and as published answers."""
    from fairwitness.audit.tabular import load_lines, load_scores

    kind = int(rng.integers(3))
    value: Any = SCORES if kind == 2 else ROWS
    if rng.integers(2):
        value = changed(value, rng)
    if kind == 1 and isinstance(value, list):
        content = "\n".join(json.dumps(one) for one in value).encode()
    else:
        content = json.dumps(value).encode()
    content = damaged(content, rng) if rng.integers(2) else content
    path = _file(folder, "table.jsonl" if kind == 1 else "table.json", content)
    _also(load_lines if kind == 1 else load_scores, path)
    read_columns(path)


def parquet(folder: Path, rng: np.random.Generator) -> None:
    """A Parquet file with damaged bytes, as data and as decisions."""
    from fairwitness.audit.tabular import load_predictions

    path = _file(folder, "table.parquet", damaged(_parquet(), rng))
    _also(read_columns, path)
    load_predictions(path, label="y", prediction="d", score=None)


def gguf_heads(folder: Path, rng: np.random.Generator) -> None:
    """The header of a GGUF file, damaged, or built of odd types, lengths and nestings."""
    from fairwitness.audit.huggingface.gguf import header

    content = damaged(_gguf(), rng) if rng.integers(2) else _odd_gguf(rng)
    header(_file(folder, "model.gguf", content))


def model_configs(folder: Path, rng: np.random.Generator) -> None:
    """The configuration of a checkpoint with values of other types, looked at without its weights."""
    from fairwitness.audit.huggingface import Loading, inspect

    _copy_model(folder, rng, ("config.json",))
    inspect(Loading(str(folder), offline=True, cache_dir=folder / "cache"))


def models(folder: Path, rng: np.random.Generator) -> None:
    """A whole checkpoint with one file damaged, loaded and asked."""
    from fairwitness.audit.huggingface import Loading, load

    _copy_model(folder, rng, tuple(_model_files()))
    load(Loading(str(folder), offline=True, cache_dir=folder / "cache", threads=1))


def skops_files(folder: Path, rng: np.random.Generator) -> None:
    """A skops archive whose schema is damaged."""
    import io
    import zipfile

    from fairwitness.audit.tabular import Trust, inspect, load

    schema = json.dumps(changed(json.loads(_skops()["schema.json"]), rng)).encode()
    if rng.integers(3) == 0:
        schema = damaged(schema, rng)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in _skops().items():
            archive.writestr(name, schema if name == "schema.json" else content)
    content = buffer.getvalue() if rng.integers(4) else damaged(buffer.getvalue(), rng)
    path = str(_file(folder, "model.skops", content))
    _also(lambda spec: inspect(spec, Trust()), path)
    load(path, Trust())


FAMILIES: Mapping[str, tuple[Case, float]] = {
    "settings": (settings, 12),
    "options": (options, 12),
    "policy": (rules, 8),
    "policy values": (rule_values, 8),
    "document": (documents, 14),
    "document bytes": (document_bytes, 6),
    "evidence": (evidence, 4),
    "tables": (tables, 14),
    "json": (json_files, 14),
    "parquet": (parquet, 8),
    "gguf header": (gguf_heads, 12),
    "model configuration": (model_configs, 6),
    "model": (models, 1),
    "skops": (skops_files, 3),
}
"""Each family with its share of all cases; a model is loaded whole, which takes long."""


def _also(read: Callable[[Any], Any], path: Any) -> None:
    """Reads; a user's error is right, and the case goes on with its next reader."""
    try:
        read(path)
    except FairwitnessError:
        return


def _file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@cache
def _settings() -> dict[str, Any]:
    return tomllib.loads(SETTINGS.decode())


@cache
def _audit() -> Audit:
    from golden.sample import sample

    return sample()


@cache
def a_document() -> dict[str, Any]:
    """A small document with a result of every status and evidence of every kind, a few of each."""
    spelled = json.loads(document.dump(document.to_json(_audit())))
    for result in spelled["results"]:
        result["metrics"] = result.get("metrics", [])[:3] if "metrics" in result else result.get("metrics")
        if result.get("evidence"):
            kinds = {item["kind"]: item for item in result["evidence"] if len(item.get("rows", ())) < 30}
            result["evidence"] = list(kinds.values())
            for metric in result["metrics"]:
                metric["evidence"] = [name for name in metric["evidence"] if name in {i["id"] for i in kinds.values()}]
        if result.get("metrics") is None:
            result.pop("metrics")
    document.from_json(spelled)
    return dict(spelled)


@cache
def _document_bytes() -> bytes:
    return json.dumps(a_document()).encode()


@cache
def _with_file() -> tuple[dict[str, Any], bytes]:
    """A document with rows in a file, and that file."""
    import tempfile
    from dataclasses import replace

    from fairwitness.audit.records import Column, Evidence, Measured

    columns = (Column("name"), Column("size", "number"), Column("ok", "flag"), Column("mixed", "text"))
    rows = tuple((f"n{at}", at / 3, bool(at % 2), at if at % 2 else "x") for at in range(250))
    audit = _audit()
    result = next(one for one in audit.results if isinstance(one, Measured))
    big = replace(
        result,
        metrics=(),
        evidence=(Evidence(id="big", caption="rows", kind="table", columns=columns, rows=rows, total=250),),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = document.write(replace(audit, results=(big,)), Path(folder))
        spelled = json.loads(path.read_text("utf-8"))
        (file,) = (Path(folder) / document.EVIDENCE).iterdir()
        return spelled, file.read_bytes()


@cache
def _parquet() -> bytes:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    columns = {"y": [0, 1] * 6, "d": ["a", "b"] * 6, "l": [[1]] * 12, "t": [date(2026, 1, 1)] * 12}
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


@cache
def _gguf() -> bytes:
    pairs = [
        _text("general.architecture") + struct.pack("<I", 8) + _text("llama"),
        _text("general.file_type") + struct.pack("<II", 4, 2),
        _text("tokenizer.tokens") + struct.pack("<IIQ", 9, 8, 3) + _text("a") + _text("b") + _text("c"),
        _text("tokenizer.scores") + struct.pack("<IIQ", 9, 6, 3) + struct.pack("<3f", 1, 2, 3),
    ]
    tensors = [_text(f"blk.{at}.w") + struct.pack("<IQQIQ", 2, 8, 8, 0, 0) for at in range(2)]
    return b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs)) + b"".join(pairs + tensors) + bytes(64)


def _odd_gguf(rng: np.random.Generator) -> bytes:
    """A header that nests arrays, counts too many, or has types that are none."""
    large = (0, 1, 3, 2**20, 2**31, 2**40, 2**62, 2**64 - 1)
    count = struct.pack("<Q", large[int(rng.integers(len(large)))])
    depth = int(rng.choice([1, 3, 200, 100_000]))
    nested = struct.pack("<I", 9) + (struct.pack("<I", 9) + struct.pack("<Q", 1)) * depth
    value = nested if rng.integers(2) else struct.pack("<II", 9, int(rng.integers(16))) + count
    pairs = count if rng.integers(4) == 0 else struct.pack("<Q", 1)
    return b"GGUF" + struct.pack("<I", 3) + struct.pack("<Q", 0) + pairs + _text("k") + value


@cache
def _model_files() -> dict[str, bytes]:
    import tempfile

    from tiny_models import build

    with tempfile.TemporaryDirectory() as folder:
        build("causal:gpt2", Path(folder))
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def _copy_model(folder: Path, rng: np.random.Generator, names: tuple[str, ...]) -> None:
    """The checkpoint with one of the named files damaged: its values, where it is JSON, or its bytes."""
    files = dict(_model_files())
    if rng.integers(6) == 0 and len(names) > 1:
        weights = {"weight_map": VALUES[int(rng.integers(len(VALUES)))]}
        files["model.safetensors.index.json"] = json.dumps(weights).encode()
    name = names[int(rng.integers(len(names)))]
    if name.endswith(".json") and rng.integers(4):
        files[name] = json.dumps(changed(json.loads(files[name]), rng)).encode()
    elif name.endswith(".safetensors"):
        files[name] = damaged(files[name][:2000], rng) + files[name][2000:]
    else:
        files[name] = damaged(files[name], rng)
    for one, content in files.items():
        _file(folder, one, content)


@cache
def _skops() -> dict[str, bytes]:
    import io
    import zipfile

    import skops.io
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["a", "a", "b", "b"])
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
