"""The only door to spaCy: a pipeline that marks entities as a subject that tags texts."""

from __future__ import annotations

import configparser
import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fairwitness.audit.errors import CorruptModel, MissingExtra, NoWeights, UnfitModel, UnknownModel, nearest
from fairwitness.audit.halving import in_halves
from fairwitness.audit.records import CardClaim, CardFile, SubjectInfo
from fairwitness.audit.requests import BLANK, Request, Tagged, TagTokens, Unanswered
from fairwitness.audit.subject import Size, Subject

SPACY = "spacy:"
"""How the spec of a pipeline begins: the name of an installed package, or a folder, behind it."""
MARKING = ("ner", "entity_ruler", "span_ruler")
"""Parts of a pipeline that mark entities, as their factories are called."""
CONFIG, META = "config.cfg", "meta.json"
CLAIMS = ("license", "author", "url")
"""What is told of a pipeline's own card."""
TEXTS_AT_ONCE = 64


def inspect(spec: str) -> SubjectInfo:
    """What `load` would load; nothing is run and the fingerprint stays empty. Raises as `load` does."""
    return _info(spec, _folder(spec), "")


def load(spec: str) -> Subject:
    """The pipeline as a subject: all of its parts run as they are set up, and what it marks is read.

    The files of a package are read and the package itself is not imported. Raises MissingExtra where spaCy is not
    installed, UnknownModel and NoWeights where there is no pipeline, UnfitModel where no part of it marks entities, and
    CorruptModel where it cannot be loaded.
    """
    spacy = _spacy()
    folder = _folder(spec)
    info = _info(spec, folder, _fingerprint(folder, spacy.__version__))
    try:
        pipeline = spacy.load(folder)
    except Exception as error:  # parts of a pipeline are foreign code, and versions fit or raise anything
        why = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise CorruptModel(f"{spec} cannot be loaded by spaCy {spacy.__version__}: {why}") from error
    return SpacySubject(pipeline, info)


class SpacySubject:
    """Answers TagTokens with the entities of a pipeline; spaCy gives no probabilities of them."""

    def __init__(self, pipeline: Any, info: SubjectInfo) -> None:
        self._pipeline = pipeline
        self.info = info
        self.batch_tokens = TEXTS_AT_ONCE

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """Every text costs the same: batches are counted in texts."""
        return [Size(1, 1) for _ in requests]

    def tag_tokens(self, batch: Sequence[TagTokens]) -> list[Tagged | Unanswered]:
        """The entities of every text."""
        refused = {place: why for place, request in enumerate(batch) if (why := self._refused(request))}
        asked = [request for place, request in enumerate(batch) if place not in refused]
        answers = iter(in_halves(asked, self._tagged))
        return [refused[place] if place in refused else next(answers) for place in range(len(batch))]

    def _refused(self, request: TagTokens) -> Unanswered | None:
        text = request.text
        if request.asked:
            return Unanswered("spaCy gives no probabilities of the tags of its entities")
        if BLANK in text:
            return Unanswered("a text is tagged as it stands, and this one has a blank")
        longest = self._pipeline.max_length
        if len(text) > longest:
            return Unanswered(f"the text has {len(text)} characters and the model reads at most {longest}", "long_text")
        return None

    def _tagged(self, batch: Sequence[TagTokens]) -> list[Tagged | Unanswered]:
        read = self._pipeline.pipe([request.text for request in batch], batch_size=TEXTS_AT_ONCE)
        return [Tagged(tuple((mark.start_char, mark.end_char, mark.label_) for mark in text.ents)) for text in read]


def _spacy() -> Any:
    try:
        import spacy
    except ImportError as error:
        raise MissingExtra(f'{SPACY}NAME needs the library spaCy: pip install "fairwitness[spacy]"') from error
    return spacy


def _folder(spec: str) -> Path:
    """The folder of a pipeline that an installed package carries, or that is named itself."""
    name = spec.removeprefix(SPACY)
    if not name:
        raise UnknownModel(f"{SPACY} names no pipeline: write {SPACY}NAME, such as {SPACY}en_core_web_sm")
    path = Path(name).expanduser()
    root = path if path.is_dir() else _package(name)
    if (root / CONFIG).is_file():
        return root
    inner = sorted(config.parent for config in root.glob(f"*/{CONFIG}"))
    if len(inner) != 1:
        known = f"{len(inner)} of them" if inner else "none"
        raise NoWeights(f"{spec}: a pipeline has a {CONFIG}, and {name!r} holds {known}")
    return inner[0]


def _package(name: str) -> Path:
    located = importlib.util.find_spec(name) if name.isidentifier() else None
    if located is None or not located.submodule_search_locations:
        known = [entry.name for entry in importlib.metadata.entry_points(group="spacy_models")]
        installed = f" (installed pipelines: {', '.join(sorted(known)) or 'none'})"
        _spacy()  # where spaCy itself is missing, that comes first
        raise UnknownModel(f"no installed pipeline and no folder {name!r}{nearest(name, known)}{installed}")
    return Path(located.submodule_search_locations[0])


def _info(spec: str, folder: Path, fingerprint: str) -> SubjectInfo:
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        parts = [str(part) for part in meta["pipeline"]]
        factories = _factories(folder / CONFIG)
    except (OSError, ValueError, KeyError, TypeError, configparser.Error) as error:
        raise CorruptModel(
            f"{spec}: {META} and {CONFIG} in {folder} do not say what the pipeline is made of"
        ) from error
    if not any(factories.get(part, part) in MARKING for part in parts):
        raise UnfitModel(f"{spec} has no part that marks entities ({', '.join(MARKING)}): it has {', '.join(parts)}")
    return SubjectInfo(
        spec=spec,
        fingerprint=fingerprint,
        kind="spacy",
        architecture=f"spaCy {meta.get('lang', '')}_{meta.get('name', '')} {meta.get('version', '')}",
        parameters=None,
        dtype="",
        capabilities=(TagTokens.__name__,),
        card=(_card(folder / META, meta),),
    )


def _factories(path: Path) -> dict[str, str]:
    """By whom each part of a pipeline is made, by the name of the part."""
    config = configparser.ConfigParser(interpolation=None, strict=False)
    config.read_string(path.read_text(encoding="utf-8"))
    made = {}
    for section in config.sections():
        head, _, part = section.partition(".")
        if head == "components" and "factory" in config[section]:
            made[part] = config[section]["factory"].strip('"')
    return made


def _card(path: Path, meta: dict[str, Any]) -> CardFile:
    claims = tuple(CardClaim(name=name, text=str(meta[name])[:300]) for name in CLAIMS if meta.get(name))
    return CardFile(name=META, sha256=_sha256(path), claims=claims)


def _fingerprint(folder: Path, version: str) -> str:
    """sha256 over the names and hashes of all files of a pipeline, and the versions that compute with them."""
    total = hashlib.sha256(f"spacy {version} thinc {importlib.metadata.version('thinc')}\n".encode())
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    for path in sorted(files, key=partial(_inside, folder)):
        total.update(f"{_inside(folder, path)} {_sha256(path)}\n".encode())
    return total.hexdigest()


def _inside(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
