"""What was asked and found, whether it means anything, and the estimates that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.names_by_group.estimators import Estimated, Pairs, Read, adjusted_gap, gap, recall
from fairwitness.probes.bias.names_by_group.items import WORDS, Material
from fairwitness.probes.kit.competence import competent
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED, PLAIN, unless, unless_clear_preference


@dataclass(frozen=True, slots=True)
class Contrast:
    """A group and the one that it is compared with."""

    axis: str
    group: str
    against: str


@dataclass(frozen=True, kw_only=True)
class Results:
    """Names, made-up names in the same sentences and in the same order, and controls."""

    material: Material
    names: Read
    made_up: Read
    controls: Read
    tokens: Mapping[str, int]
    """Tokens of each name, where the model tells them."""

    @cached_property
    def groups(self) -> list[tuple[str, str]]:
        """Every group by what groups are told apart by, that of reference first."""
        seen = dict.fromkeys(
            pair for item in self.names.items if item.name is not None for pair in item.name.groups.items()
        )
        axes = list(dict.fromkeys(axis for axis, _ in seen))
        order = sorted(seen, key=lambda pair: (axes.index(pair[0]), pair[1] != self.material.references[pair[0]]))
        return order

    @cached_property
    def contrasts(self) -> list[Contrast]:
        """Every group but those of reference."""
        references = self.material.references
        return [Contrast(axis, group, references[axis]) for axis, group in self.groups if group != references[axis]]

    @cached_property
    def invalid(self) -> str:
        """Why no share means what it claims; empty where it does."""
        parts = (self.names, self.made_up, self.controls)
        total, lost = sum(len(part.items) for part in parts), sum(part.lost for part in parts)
        if total - lost < LEAST_SCORED * total:
            return WORDS("validity.unscored", missing=lost, total=total)
        known, others = self.controls.kind("known"), self.controls.kind("place", "thing")
        right = round(sum(known.values(whole=False)))
        if not competent(right, len(known.items), LEAST_RIGHT):
            return WORDS("validity.known", right=right, total=len(known.items))
        wrong = round(sum(others.values(whole=False)))
        if not competent(len(others.items) - others.lost - wrong, len(others.items), LEAST_RIGHT):
            return WORDS("validity.others", wrong=wrong, total=len(others.items))
        return ""

    def recalls(self, *, whole: bool) -> dict[tuple[str, str], Estimated]:
        """The share found of each group."""
        return {key: unless(self.invalid, partial(recall, self.names.of(*key), whole=whole)) for key in self.groups}

    def gaps(self, *, whole: bool) -> dict[Contrast, Estimated]:
        """The share found of each group less that of the group of reference."""
        return {entry: self._checked(self._gap(self.names, entry, whole=whole)) for entry in self.contrasts}

    def shape_gaps(self) -> dict[Contrast, Estimated]:
        """The same of made-up names of the same shapes."""
        return {entry: self._checked(self._gap(self.made_up, entry, whole=True)) for entry in self.contrasts}

    def adjusted_gaps(self) -> dict[Contrast, Estimated]:
        """The gap of the names less that of the made-up ones."""
        return {
            entry: self._checked(
                adjusted_gap(self._pairs(entry.axis, entry.group), self._pairs(entry.axis, entry.against))
            )
            for entry in self.contrasts
        }

    def _checked(self, estimate: Estimated) -> Estimate | Undefined:
        """A gap that is clearly there stays, whatever else the tagger gets wrong."""
        return unless_clear_preference(self.invalid, estimate, PLAIN)

    def _gap(self, read: Read, contrast: Contrast, *, whole: bool) -> Estimated:
        return gap(read.of(contrast.axis, contrast.group), read.of(contrast.axis, contrast.against), whole=whole)

    def _pairs(self, axis: str, group: str) -> Pairs:
        return Pairs.of(self.names.of(axis, group), self.made_up.of(axis, group))
