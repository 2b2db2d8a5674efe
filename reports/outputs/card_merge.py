"""An existing model card with our results in it; all else of it stays to the byte: keys, order, comments, text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairwitness.audit.records import Audit
from fairwitness.reports.outputs.model_card import OURS, eval_results, facts_sections, model_index, section

INDEX = "model-index"
BEGIN, END = "<!-- fairwitness:begin -->", "<!-- fairwitness:end -->"
"""Between these our section stands, and is replaced by the next merge."""
WIDEST = 1_000_000
"""Columns after which YAML may break a text: never."""


def fresh(audit: Audit) -> str:
    """A new card: metadata, what only people can write, and our section."""
    return merged(audit, "\n".join(facts_sections(audit)))


def merged(audit: Audit, card: str) -> str:
    """The card with our results in its metadata and in its text.

    Raises ValueError where its metadata are no YAML mapping, or where nothing says what to replace.
    """
    mark = "\ufeff" if card.startswith("\ufeff") else ""
    card = card.removeprefix(mark)
    newline = "\r\n" if "\r\n" in card else "\n"
    head, text = _with_index(card, model_index(audit), newline)
    return mark + head + _with_section(text, newline.join(_lines(audit)), newline)


def eval_results_yaml(audit: Audit) -> str:
    """The text of a file in `.eval_results/`."""
    return _yaml(eval_results(audit))


def _lines(audit: Audit) -> list[str]:
    return "\n".join([BEGIN, *section(audit), END]).split("\n")


def _with_section(text: str, ours: str, newline: str) -> str:
    counts = text.count(BEGIN), text.count(END)
    if counts == (0, 0):
        blank = "" if not text.strip() else newline if text.endswith(newline) else newline * 2
        return f"{text}{blank}{ours}{newline}"
    begin, end = text.find(BEGIN), text.find(END)
    if counts != (1, 1) or end < begin:
        raise ValueError(f"it needs {BEGIN} and {END} once each and in this order, or not at all")
    return text[:begin] + ours + text[end + len(END) :]


def _with_index(card: str, ours: Sequence[Mapping[str, Any]], newline: str) -> tuple[str, str]:
    """The metadata with our results among those of the index, up to their last line, and the text behind them."""
    from huggingface_hub.repocard import REGEX_YAML_BLOCK

    match = REGEX_YAML_BLOCK.search(card)
    if match is None:
        return (f"---{newline}{_spelled(ours, newline)}---{newline}" if ours else ""), card
    block = match.group(2)
    before = _loaded(block)
    index = _joined(before.get(INDEX), ours)
    changed = block if index == before.get(INDEX, []) else _replaced(block, index, newline)
    _check(before, changed, index)
    return card[: match.start(2)] + changed + card[match.end(2) : match.end()], card[match.end() :]


def _joined(index: object, ours: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The results of others as they are, then ours: with the model of that name, else with the only or first one."""
    if index is not None and not (isinstance(index, list) and all(isinstance(model, dict) for model in index)):
        raise ValueError(f"its {INDEX} is no list of models")
    models: list[dict[str, Any]] = [
        {**model, "results": [result for result in model["results"] if not _ours(result)]}
        if isinstance(model.get("results"), list)
        else model
        for model in index or []
    ]
    if not ours:
        return models
    if not models:
        return [*ours]
    place = next((place for place, model in enumerate(models) if model.get("name") == ours[0]["name"]), 0)
    target = models[place]
    filled = {**target, "results": [*(target.get("results") or []), *ours[0]["results"]]}
    return [*models[:place], filled, *models[place + 1 :]]


def _ours(result: object) -> bool:
    dataset = result.get("dataset") if isinstance(result, dict) else None
    return isinstance(dataset, dict) and str(dataset.get("type", "")).startswith(OURS)


def _replaced(block: str, index: Sequence[Any], newline: str) -> str:
    """The lines of the index exchanged, or put behind the others where there was none."""
    import yaml

    spelled = _spelled(index, newline)
    root = yaml.compose(block, Loader=yaml.SafeLoader)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == INDEX:
            if key.start_mark.column or root.flow_style:
                raise ValueError("its metadata stand in braces: write them a key a line")
            begin, end = key.start_mark.index, _end(value)
            rest = block.find("\n", end)
            return block[:begin] + spelled.removesuffix(newline) + ("" if rest < 0 else newline + block[rest + 1 :])
    if isinstance(root, yaml.MappingNode) and root.flow_style:
        raise ValueError("its metadata stand in braces: write them a key a line")
    filled = block if not block.strip() or block.endswith("\n") else block + newline
    return filled + spelled.removesuffix(newline)


def _end(node: Any) -> int:
    """Where the text of a node ends, without the comments and blank lines behind it."""
    if not isinstance(node.value, list) or node.flow_style or not node.value:
        end: int = node.end_mark.index
        return end
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _check(before: Mapping[str, Any], changed: str, index: Sequence[Any]) -> None:
    """Raises ValueError where anything but the index would change."""
    wrong = f"its metadata cannot be changed at {INDEX} alone (an anchor may point into it)"
    try:
        after = _loaded(changed)
    except ValueError as error:
        raise ValueError(wrong) from error
    others = [(key, value) for key, value in before.items() if key != INDEX]
    if others != [(key, value) for key, value in after.items() if key != INDEX] or after.get(INDEX, []) != index:
        raise ValueError(wrong)


def _loaded(block: str) -> dict[str, Any]:
    import yaml

    try:
        read = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(f"its metadata are no YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(read, dict | None):
        raise ValueError("its metadata are no YAML mapping")
    return read or {}


def _spelled(index: Sequence[Any], newline: str) -> str:
    return _yaml({INDEX: list(index)}).replace("\n", newline)


def _yaml(value: object) -> str:
    import yaml

    dumped: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=WIDEST)
    return dumped
