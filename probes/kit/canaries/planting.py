"""Whether a key file of canaries belongs to the training of the model that is asked."""

from __future__ import annotations

from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import Context
from fairwitness.probes.kit.canaries.items import set_of


def check_set(ctx: Context, probe: str, named: str) -> None:
    """Raises BadOption where the receipt or the option names another set of canaries than the key file is of."""
    of_key = set_of(ctx.data["key"])
    if "receipt" in ctx.data and (trained := set_of(ctx.data["receipt"])) != of_key:
        raise BadOption(
            f"{probe}: the key file is of the set {of_key}, and the training saw the set {trained}: give its own key"
        )
    if named and not (len(named) >= 8 and of_key.startswith(named)):
        raise BadOption(f"{probe}.set={named}: the key file is of the set {of_key}: give the key of that training")


def shown_planted(ctx: Context, named: str) -> bool:
    """Whether something says that the training saw these canaries, all of them at least once."""
    if "receipt" in ctx.data:
        epochs = ctx.data["receipt"].columns["epochs"][0]
        return isinstance(epochs, float) and epochs >= 1
    return bool(named)
