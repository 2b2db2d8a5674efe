"""What an exported causal model keeps of the rows that it goes on with: its arrays, or the tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

Arrays = dict[str, npt.NDArray[np.generic]]
"""By the names under which a graph takes them back: [rows, heads, tokens, width]."""


@dataclass(eq=False, slots=True)
class KeptArrays:
    """Keys and values of the tokens before, of a graph that gives them and takes them back."""

    arrays: Arrays

    def batch_select_indices(self, places: Tensor) -> None:
        """Keeps these rows alone, in this order; one may be named more than once."""
        chosen = places.cpu().numpy()
        for name, values in self.arrays.items():
            self.arrays[name] = values[chosen]


@dataclass(eq=False, slots=True)
class KeptTokens:
    """The tokens before, of a graph that keeps nothing: every row is read anew from its beginning.

    `real` is 1 where a token is no padding; both are [rows, tokens].
    """

    ids: Tensor
    real: Tensor

    def batch_select_indices(self, places: Tensor) -> None:
        """As in `KeptArrays`."""
        chosen = places.cpu()
        self.ids, self.real = self.ids[chosen], self.real[chosen]

    def packed(self) -> tuple[Tensor, Tensor]:
        """Each row from its first real token on, filled up on the right, and the place of its last one.

        A causal model never looks to the right, so that a row gets the values that it gets alone.
        """
        order = (1 - self.real).argsort(dim=1, stable=True)
        lengths = self.real.sum(dim=1)
        width = int(lengths.max())
        return self.ids.gather(1, order)[:, :width], lengths - 1
