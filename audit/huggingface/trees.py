"""Sequences that begin alike, merged into one tree and fed as one row.

A node is one distinct prefix. It sees its ancestors and itself; its position is its depth. The last token of a
sequence predicts nothing and is not fed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes in an order that puts parents first; `paths[s][t]` is the node that holds token t of sequence s."""

    tokens: tuple[int, ...]
    parents: tuple[int, ...]
    depths: tuple[int, ...]
    paths: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def depth(self) -> int:
        """Number of tokens on the longest path."""
        return max(self.depths) + 1

    def sees(self) -> npt.NDArray[np.bool_]:
        """Which node attends to which: [node, node]."""
        size = len(self.tokens)
        if len(self.paths) == 1:
            return np.tri(size, dtype=np.bool_)
        seen = np.zeros((size, size), dtype=np.bool_)
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                seen[node, : parent + 1] = seen[parent, : parent + 1]
            seen[node, node] = True
        return seen


def grow(sequences: Sequence[Sequence[int]]) -> Tree:
    """Merges sequences of at least two tokens by their common beginnings."""
    tokens: list[int] = []
    parents: list[int] = []
    depths: list[int] = []
    children: dict[tuple[int, int], int] = {}
    paths: list[tuple[int, ...]] = []
    for sequence in sequences:
        node, path = -1, []
        for token in sequence[:-1]:
            known = children.get((node, token))
            if known is None:
                known = children[node, token] = len(tokens)
                tokens.append(token)
                parents.append(node)
                depths.append(depths[node] + 1 if node >= 0 else 0)
            node = known
            path.append(node)
        paths.append(tuple(path))
    return Tree(tuple(tokens), tuple(parents), tuple(depths), tuple(paths))
