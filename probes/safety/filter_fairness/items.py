"""What is asked: cases of a user's file, and neutral sentences, pairs of dialect and controls that come with us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.records import Name, Table
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.safety.filter_fairness.disguises import Disguise, disguised
from fairwitness.probes.safety.filter_fairness.labels import WORDS, positive_labels

CASES, SENTENCES, PEOPLE, DIALECTS = (
    WORDS.data_need(name) for name in ("filter_cases", "filter_sentences", "filter_people", "filter_dialects")
)
NO_GROUP = "no group"
"""Group of a text that names none."""
CONTROL = "control"
"""Category of words in our sentences that name no group."""
SPELLED = "spell_"
"""How functionalities begin whose texts are in a disguise already."""
DIALECT, STANDARD = "dialect", "standard"


@dataclass(frozen=True, slots=True)
class Text:
    """One text whose right verdict is known.

    `kind` is its functionality, the category of its group or its dialect; `cluster` names what it shares with others (a
    template, a sentence, a pair): in a user's file without templates the text itself.
    """

    text: str
    hateful: bool
    group: str
    kind: str
    cluster: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Disguised:
    """A case as it is, and in a disguise."""

    plain: Text
    changed: Text
    disguise: Disguise


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of a file, its labels by what they were read as, and what it lacks."""

    texts: tuple[Text, ...] = ()
    hateful: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    empty: int = 0
    grouped: bool = False
    """Whether the file has groups at all."""
    templates: bool = False
    functionalities: bool = False


def cases_of(table: Table, wanted: Sequence[str]) -> Cases:
    """The cases of a user's file. Raises DoesNotApply where no label means a hateful text, or none a harmless one."""
    given = [name for name in ("functionality", "target", "templ_id") if name in table.columns]
    names = (*CASES.columns, *given)
    rows = [dict(zip(names, cells, strict=True)) for cells in rows_of(table, names)]
    full = [(place, row) for place, row in enumerate(rows, start=1) if row["text"].strip() and row["label"].strip()]
    labels = dict.fromkeys(row["label"].strip() for _, row in full)
    hateful = positive_labels(labels, wanted)
    harmless = tuple(label for label in labels if label not in hateful)
    if not hateful or not harmless:
        listed = Name(", ".join(labels)[:200])
        raise WORDS.does_not_apply("absent.one_label", "data_unfit", labels=listed, wanted=Name(", ".join(wanted)))
    texts = tuple(
        Text(
            text=row["text"],
            hateful=row["label"].strip() in hateful,
            group=row.get("target", "").strip() or NO_GROUP,
            kind=row.get("functionality", "").strip(),
            cluster=row.get("templ_id", "").strip() or f"row {place}",
            number=place,
        )
        for place, row in full
    )
    return Cases(
        texts=texts,
        hateful=hateful,
        harmless=harmless,
        empty=len(rows) - len(full),
        grouped=any(text.group != NO_GROUP for text in texts),
        templates="templ_id" in given,
        functionalities="functionality" in given,
    )


def neutral_texts(sentences: Table, people: Table) -> list[Text]:
    """Every neutral sentence about every group, and with words that name none."""
    return [
        Text(sentence.replace("{who}", phrase), False, NO_GROUP if category == CONTROL else group, category, number)
        for number, sentence in rows_of(sentences, SENTENCES.columns)
        for category, group, phrase in rows_of(people, PEOPLE.columns)
    ]


def dialect_texts(table: Table) -> list[Text]:
    """Both sides of every pair of dialect, beside each other."""
    return [
        Text(text, False, side, dialect, f"{dialect} {number}")
        for dialect, number, standard, spoken in rows_of(table, DIALECTS.columns)
        for side, text in ((STANDARD, standard), (DIALECT, spoken))
    ]


def disguised_texts(texts: Sequence[Text], disguises: Sequence[Disguise]) -> list[Disguised]:
    """Each case in each disguise that changes it."""
    return [
        Disguised(text, replace(text, text=changed), disguise)
        for disguise in disguises
        for text in texts
        if (changed := disguised(text.text, disguise)) != text.text
    ]


def plain_texts(texts: Sequence[Text]) -> list[Text]:
    """Those that are in no disguise already."""
    return [text for text in texts if not text.kind.startswith(SPELLED)]
