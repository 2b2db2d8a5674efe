"""Worlds of contingency tables: statistics of counts, and their change on the same rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwitness.audit import stats
from worlds.cells import Cell, Rng, Shares, Z, holds, inside, share

Array = npt.NDArray[np.float64]
BOOTSTRAP = 1_000
SHARES = np.array([[0.4, 0.1, 0.15, 0.35], [0.35, 0.2, 0.1, 0.35], [0.5, 0.05, 0.15, 0.3]])
"""Probabilities of tn, fp, fn, tp in three groups."""


def f1(counts: Array) -> Array:
    """F1 of tables [..., 4]."""
    return np.asarray(2 * counts[..., 3] / (2 * counts[..., 3] + counts[..., 1] + counts[..., 2]), dtype=np.float64)


def precision(counts: Array) -> Array:
    """Positive predictive value of tables [..., 4]."""
    with np.errstate(invalid="ignore"):
        return np.asarray(counts[..., 3] / (counts[..., 1] + counts[..., 3]), dtype=np.float64)


def one_table(n: int) -> Shares:
    """F1 of one group."""
    truth = float(f1(SHARES[0]))

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            drawn, seed = rng.multinomial(n, SHARES[0]), int(rng.integers(1 << 31))
            (found,) = stats.table_estimates(drawn, f1, seed=seed, draws=1_999)
            return holds(found, truth)

        return share(worlds, once)

    return shares


def groups_at_once(n: int) -> Shares:
    """F1 of two groups minus that of the first, both at once."""
    truth = f1(SHARES)[1:] - f1(SHARES)[0]

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            drawn, seed = rng.multinomial(n, SHARES), int(rng.integers(1 << 31))
            found = stats.table_contrasts(drawn, f1, 0, seed=seed, draws=1_999)
            return all(holds(one, float(true)) for one, true in zip(found, truth, strict=True))

        return share(worlds, once)

    return shares


def joint_shares() -> Array:
    """Probabilities [group, truth, before, after] in which the second group is decided otherwise more often."""
    table = SHARES[:2].reshape(2, 2, 2)
    moves = np.array([[[0.95, 0.05], [0.1, 0.9]], [[0.9, 0.1], [0.3, 0.7]]])
    return np.asarray(table[..., None] * moves[:, None] / 2, dtype=np.float64)


def precision_gap(tables: Array) -> Array:
    """Predictive value of the second group minus that of the first, of tables [..., group, truth, decision]."""
    rates = precision(tables.reshape(*tables.shape[:-3], 2, 4))
    return rates[..., 1] - rates[..., 0]


def changed_precision(n: int) -> Shares:
    """The change of a difference in predictive value, by the paired bootstrap."""
    cells = joint_shares()
    truth = float(precision_gap(cells.sum(axis=-2)) - precision_gap(cells.sum(axis=-1)))

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            drawn = rng.multinomial(n, cells.ravel()).reshape(cells.shape)
            (found,) = stats.paired_change(drawn, precision_gap, seed=int(rng.integers(1 << 31)), draws=1_999)
            return holds(found, truth)

        return share(worlds, once)

    return shares


def changed_selection(n: int) -> Shares:
    """The change of a difference in selection rates, in closed form."""
    cells = joint_shares().sum(axis=1)
    change = (cells[:, 0, 1] - cells[:, 1, 0]) / cells.sum(axis=(1, 2))
    truth = float(change[1] - change[0])

    def shares(worlds: int, rng: Rng) -> list[float]:
        def once() -> bool:
            drawn = rng.multinomial(n, cells.ravel()).reshape(cells.shape)
            one, base = (stats.paired_rate_statistic(*drawn[at][[1, 0, 1, 0], [1, 1, 0, 0]].tolist()) for at in (1, 0))
            return inside(stats.linear_combination([(1.0, one), (-1.0, base)]).limits(Z), truth)

        return share(worlds, once)

    return shares


CELLS: tuple[Cell, ...] = (
    Cell("F1 (bootstrap of the table)", "100 rows", one_table(100), worlds=BOOTSTRAP),
    Cell("F1 (bootstrap of the table)", "30 rows", one_table(30), low=0.9, worlds=BOOTSTRAP),
    Cell("F1 differences at once (bootstrap, max-T)", "three groups of 100", groups_at_once(100), worlds=BOOTSTRAP),
    Cell("change of a rate difference (closed form)", "200 rows, two groups", changed_selection(200)),
    Cell("change of a rate difference (closed form)", "60 rows, two groups", changed_selection(60), low=0.92),
    Cell(
        "change of a PPV difference (paired bootstrap)", "400 rows, two groups", changed_precision(400),
        worlds=BOOTSTRAP,
    ),
    Cell(
        "change of a PPV difference (paired bootstrap)", "100 rows, two groups", changed_precision(100), low=0.9,
        worlds=BOOTSTRAP,
    ),
)  # fmt: skip
