"""Simulated worlds whose truth is known: how often intervals hold it, and how often tests raise a false alarm.

Shared by the tests, which look at few worlds, and by `benchmarks/interval_coverage.py`, which looks at many.
"""

from worlds.cells import Cell
from worlds.clustered_shares import CELLS as CLUSTERED_SHARES
from worlds.groups import CELLS as GROUPS
from worlds.means import CELLS as MEANS
from worlds.scores import CELLS as SCORES
from worlds.shares import CELLS as SHARES
from worlds.tables import CELLS as TABLES

CELLS: tuple[Cell, ...] = (*SHARES, *GROUPS, *TABLES, *SCORES, *MEANS, *CLUSTERED_SHARES)

__all__ = ["CELLS", "Cell"]
