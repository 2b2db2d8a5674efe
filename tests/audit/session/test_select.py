"""Which probes a run asks, with which options and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fairwitness.audit import config, probe
from fairwitness.audit.errors import BadOption
from fairwitness.audit.session import select
from fairwitness.audit.session.suites import SUITES


def settings(*typed: str, **more: object) -> tuple[config.RunConfig, config.Given]:
    given = config.gather(None, {"probe": config.options_from(list(typed)), **more}, {})
    return config.resolve(given), given


def test_typed_options_take_the_type_of_the_schema() -> None:
    chosen, given = settings(
        "group_fairness.groups=sex,race",
        "group_fairness.favourable=1",
        "group_fairness.threshold=0.5",
        "group_fairness.intersections=false",
        'group_fairness.reference=["sex=a,b"]',
        probes=["group_fairness"],
    )
    ((_, options),) = select.select(chosen, given).probes
    assert options.model_dump() == options.model_dump() | {
        "groups": ("sex", "race"),
        "favourable": "1",
        "threshold": 0.5,
        "intersections": False,
        "reference": ("sex=a,b",),
    }


WORDS = {"id": "person", "unit": "defendants", "favourable": "0", "favourable_name": "is rated low risk"}


@pytest.mark.parametrize("place", ["file", "environment", "command_line"])
def test_what_rows_and_decisions_are_called_is_said_alike_in_every_place(place: str, tmp_path: Path) -> None:
    file = tmp_path / "fairwitness.toml"
    file.write_text("".join(f'{key} = "{text}"\n' for key, text in WORDS.items()))
    given = config.gather(
        file if place == "file" else None,
        {"probes": ["group_fairness", "ll144"], **(WORDS if place == "command_line" else {})},
        {f"FAIRWITNESS_{key.upper()}": text for key, text in WORDS.items()} if place == "environment" else {},
    )
    chosen = config.resolve(given)
    for _, options in select.select(chosen, given).probes:
        assert options.model_dump() == options.model_dump() | WORDS
    line = config.command(given, chosen)
    assert "--id person --unit defendants --favourable 0 --favourable-name 'is rated low risk'" in line


def test_the_name_of_a_true_outcome_reaches_the_probes_that_speak_of_it() -> None:
    named = {"label": "y", "favourable": "0", "outcome_name": "no new offence"}
    chosen, given = settings(probes=["group_fairness", "representation"], **named)
    for _, options in select.select(chosen, given).probes:
        assert options.model_dump() == options.model_dump() | named
    assert "--outcome-name 'no new offence'" in config.command(given, chosen)


def test_names_of_decisions_are_refused_where_no_probe_says_them() -> None:
    chosen, given = settings(probes=["gender"], favourable_name="is rated low risk")
    with pytest.raises(BadOption, match="--favourable-name is for group_fairness, importance, ll144"):
        select.select(chosen, given)
    with pytest.raises(BadOption, match="'unit'"):
        settings(probes=["group_fairness"], unit="x" * 81)


def test_shared_settings_reach_the_probes_that_have_them_and_own_ones_win() -> None:
    chosen, given = settings("gender.limit=5", probes=["gender", "attention"], limit=3)
    options: dict[str, dict[str, Any]] = {
        one.spec.name: values.model_dump() for one, values in select.select(chosen, given).probes
    }
    assert (options["gender"]["limit"], options["attention"]["limit"]) == (5, 3)


def test_weights_are_never_ignored_in_silence() -> None:
    chosen, given = settings(probes=["group_fairness"], weight="w")
    ((_, options),) = select.select(chosen, given).probes
    assert options.model_dump()["weight"] == "w"
    chosen, given = settings(probes=["gender"], weight="w", model="predictions:d.csv", prediction="d")
    with pytest.raises(BadOption, match="--weight is for group_fairness"):
        select.select(chosen, given)


def test_the_default_suite_has_one_probe_of_each_family_but_safety() -> None:
    families = [probe.find(name).spec.family for name in SUITES["default"].probes]
    every = {one.spec.family for one in probe.registry().values()}
    assert set(families) == every - {"safety"}, "what a model says that harms or deceives has suites of its own"


def test_options_of_every_suite_are_options_of_its_probes_and_users_own_go_before() -> None:
    for suite in SUITES.values():
        for name, options in suite.options.items():
            assert name in suite.probes
            probe.find(name).options.model_validate(options)
    chosen, given = settings("attribution.rewrites=true")
    made: dict[str, dict[str, Any]] = {
        one.spec.name: values.model_dump() for one, values in select.select(chosen, given).probes
    }
    found = made["attribution"]
    assert (found["methods"], found["randomised"], found["rewrites"]) == (("shap", "lime"), 0, True)


def test_a_predictions_file_is_its_own_table(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    chosen, _ = settings(probes=["group_fairness"], model="predictions:d.csv")
    probes = [probe.find("group_fairness")]
    assert select.files(chosen, probes) == {"group_fairness": Path("d.csv")}
    chosen, _ = settings(probes=["group_fairness"], model="predictions:d.csv", data=[f"group_fairness={other}"])
    assert select.files(chosen, probes) == {"group_fairness": other}


def test_a_bare_file_must_have_one_taker(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    both = ["group_fairness", "known_texts"]
    chosen, given = settings(probes=both, data=[str(file)])
    with pytest.raises(BadOption, match=r"say which probe it is for: .*group_fairness=.* or .*known_texts="):
        select.select(chosen, given)
    chosen, given = settings(probes=["known_texts"], data=[str(file)])
    assert select.select(chosen, given).files == {"known_texts": file}


def files_of(probes: list[str], file: Path) -> dict[str, object]:
    chosen, given = settings(probes=probes, data=[str(file)])
    return dict(select.select(chosen, given).files)


def test_a_bare_file_takes_the_place_of_the_only_data_that_is_read(tmp_path: Path) -> None:
    """`--data FILE` for attention, attribution, stereoset: they bring their data and read yours in its place."""
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    for name in ("attention", "attribution", "stereoset"):
        assert files_of([name], file) == {name: file}
    assert files_of(["attention", "known_texts"], file) == {"known_texts": file}  # it alone needs a file of yours
    with pytest.raises(BadOption, match=r"takes the place of: --data attention=\S+ or --data attribution=\S+$"):
        files_of(["attention", "attribution"], file)
    with pytest.raises(BadOption, match=r"--data gender\.occupations=\S+ or --data gender\.templates=\S+$"):
        files_of(["gender"], file)
    with pytest.raises(
        BadOption, match=r"or --data fill_mask\.\w+=\S+, and 4 others \(`fairwitness data` lists them\)$"
    ):
        files_of(["fill_mask", "bec_pro"], file)


def test_a_bare_file_serves_all_that_ask_a_fitted_model_about_rows(tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("a\n1\n")
    names = ("importance", "recourse", "representation")
    chosen, _ = settings(probes=list(names), model="model.skops", data=[str(table)])
    assert select.files(chosen, [probe.find(name) for name in names]) == dict.fromkeys(names, table)
    chosen, _ = settings(probes=list(names), model="predictions:d.csv", data=[str(table)])
    assert "importance" not in select.files(chosen, [probe.find(name) for name in names])


def test_how_everything_is_asked_reaches_the_options_of_probes_and_needs_none_of_them() -> None:
    chosen, given = settings("refusals.chat=auto", probes=["refusals", "bbq", "misuse", "bold"], chat="chat")
    options = {probe.spec.name: values.model_dump() for probe, values in select.select(chosen, given).probes}
    assert (options["refusals"]["chat"], options["misuse"]["chat"], options["bbq"]["chat"]) == ("auto", "chat", "chat")
    assert "chat" not in options["bold"]
    chosen, given = settings(probes=["bold"], chat="chat")
    select.select(chosen, given)
