"""The blind baseline: how well members are told from non-members without any model, by what the documents say.

Each family of features (length, dates, characters, words, labels, columns) makes a kernel of mean diagonal 1, and a
ridge classifier is learnt on all of them and on each alone, by cross-validation: every document has a score from a
classifier that did not see it. After Das et al. 2024, Blind Baselines Beat Membership Inference Attacks for Foundation
Models, https://arxiv.org/abs/2406.16201.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.stats import rankdata

from fairwitness.probes.memorization.membership.items import Document, runs_of, word_codes

FloatArray: TypeAlias = npt.NDArray[np.float64]
Matrix: TypeAlias = sparse.csr_array
FOLDS = 10
PERMUTATIONS = 499
LARGEST = 600
"""Documents of each side that the baseline is learnt from and tried on; of more, as many are drawn by the seed."""
RIDGE = 0.1
"""Penalty beside kernels whose mean diagonal is 1."""
BUCKETS = 1 << 18
"""Columns that n-grams are hashed to."""
CHARACTERS = (2, 3, 4)
WORDS = (1, 2)
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_MONTH = re.compile(r"(?<!\d)((?:1[89]|20)\d\d)[-/.年](\d{1,2})(?!\d)")
ALL = "all"
"""The classifier that has every family."""


@dataclass(frozen=True, eq=False)
class Blind:
    """By family, and of `ALL` together, a score for each document from a classifier that never saw it.

    `permuted` are the AUCs of the same classifiers had the sides been dealt out by chance within each fold. `chance` is
    the probability of a largest AUC, over all families, as large as the one seen: the p-value of a permutation test,
    which is exact where members and non-members differ in nothing.
    """

    scores: dict[str, FloatArray]
    permuted: dict[str, FloatArray]
    chance: float


DECIMALS = 9
"""Digits behind which a score is rounding, which differs by machine; scores are about 1."""


def blind_baseline(documents: Sequence[Document], seed: int) -> Blind:
    """What the documents say of their side. A family in which all documents are alike is left out."""
    member = np.array([document.member for document in documents])
    kernels = {name: (matrix @ matrix.T).toarray() for name, matrix in features(documents).items() if matrix.nnz}
    return of_kernels(kernels, member, seed)


def of_kernels(kernels: Mapping[str, FloatArray], member: npt.NDArray[np.bool_], seed: int) -> Blind:
    """The baseline of families by their kernels [documents, documents]."""
    folds = _folds(member, seed)
    together = np.mean(list(kernels.values()), axis=0) if kernels else np.zeros((len(member), len(member)))
    smoothers = {name: _smoother(kernel, folds) for name, kernel in {ALL: together, **kernels}.items()}
    dealt = _dealt(member, folds, seed)
    scores = {name: np.round(smoother @ np.where(member, 1.0, -1.0), DECIMALS) for name, smoother in smoothers.items()}
    permuted = {name: areas(smoother @ np.where(dealt, 1.0, -1.0), dealt) for name, smoother in smoothers.items()}
    return Blind(scores, permuted, _chance({name: _area(values, member) for name, values in scores.items()}, permuted))


def _chance(seen: Mapping[str, float], permuted: Mapping[str, FloatArray]) -> float:
    """How often the largest AUC, each by the mean and spread of its own permutations, is as large by chance."""
    largest = np.full(PERMUTATIONS, -np.inf)
    observed = -np.inf
    for name, values in permuted.items():
        spread = float(values.std())
        if spread > 0:
            largest = np.maximum(largest, (values - values.mean()) / spread)
            observed = max(observed, (seen[name] - float(values.mean())) / spread)
    return float(1 + (largest >= observed - 1e-9).sum()) / (1 + PERMUTATIONS)


def areas(scores: FloatArray, positive: npt.NDArray[np.bool_]) -> FloatArray:
    """The AUC of each column of scores [documents, columns]; scores that are equal but for rounding count half."""
    ranks = np.asarray(rankdata(np.round(scores, DECIMALS), axis=0), dtype=np.float64)
    yes = positive.sum(axis=0)
    no = len(positive) - yes
    return np.asarray(((ranks * positive).sum(axis=0) - yes * (yes + 1) / 2) / (yes * no), dtype=np.float64)


def _area(scores: FloatArray, member: npt.NDArray[np.bool_]) -> float:
    return float(areas(scores[:, None], member[:, None])[0])


def _dealt(member: npt.NDArray[np.bool_], folds: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.bool_]:
    """Sides dealt out by chance, as many of each in every fold as there are: [documents, permutations]."""
    rng = np.random.default_rng([seed, 9])
    dealt = np.repeat(member[:, None], PERMUTATIONS, axis=1)
    for fold in range(FOLDS):
        inside = np.flatnonzero(folds == fold)
        dealt[inside] = rng.permuted(dealt[inside], axis=0)
    return dealt


def features(documents: Sequence[Document]) -> dict[str, Matrix]:
    """The families of features, each scaled so that the mean squared length of a document is 1."""
    families: dict[str, Matrix] = {}
    if any(document.cells for document in documents):
        families["columns"] = _columns(documents)
    else:
        texts = [document.text for document in documents]
        families = {
            "length": _scaled(_lengths(documents)),
            "dates": _dates(texts),
            "characters": _grams([_character_codes(text) for text in texts], CHARACTERS),
            "words": _grams([word_codes(text) for text in texts], WORDS),
        }
    if any(document.label for document in documents):
        codes = [crc32(document.label.encode("utf-8", "surrogatepass")) for document in documents]
        labels = [np.array([code], dtype=np.uint64) for code in codes]
        families["labels"] = _grams(labels, (1,))
    return families


def _lengths(documents: Sequence[Document]) -> FloatArray:
    """How long a document is, in full and as asked, in words, and what it is made of."""
    rows = []
    for document in documents:
        text = document.text
        words = max(len(text.split()), 1)
        made_of = [sum(map(test, text)) / len(text) for test in (str.isdigit, str.isupper, str.isspace, str.isalpha)]
        lines = np.log1p(text.count("\n"))
        rows.append([np.log(document.whole), np.log(len(text)), np.log(words), len(text) / words, lines, *made_of])
    return np.array(rows, dtype=np.float64)


def _dates(texts: Sequence[str]) -> Matrix:
    """The years of a text: first, last and middle one, how many; and each year and month as a word."""
    years = [[int(year) for year in _YEAR.findall(text)] for text in texts]
    every = [year for dated in years for year in dated]
    if not every:
        return sparse.csr_array((len(texts), 1))
    usual = float(np.median(every))
    rows = []
    for dated in years:
        ends = (min(dated), max(dated), float(np.median(dated))) if dated else (usual,) * 3
        rows.append([*ends, float(bool(dated)), np.log1p(len(dated))])
    words = []
    for text, dated in zip(texts, years, strict=True):
        named = [*(str(year) for year in dated), *("-".join(pair) for pair in _MONTH.findall(text))]
        words.append(np.array([crc32(name.encode()) for name in named], dtype=np.uint64))
    both = [_scaled(np.array(rows, dtype=np.float64)), _grams(words, (1,))]
    return sparse.csr_array(sparse.csr_array(sparse.hstack(both)) / np.sqrt(len(both)))


def _columns(documents: Sequence[Document]) -> Matrix:
    """The cells of a table: numbers as they are, all else as words with the name of their column."""
    numbers: dict[str, FloatArray] = {}
    words: list[list[int]] = [[] for _ in documents]
    for place, (name, _) in enumerate(documents[0].cells):
        cells = [document.cells[place][1] if place < len(document.cells) else None for document in documents]
        if all(isinstance(cell, int | float) or cell is None for cell in cells):
            values = np.array([np.nan if cell is None else float(cell) for cell in cells])
            middle = float(np.nanmean(values)) if np.isfinite(values).any() else 0.0
            numbers[name] = np.where(np.isfinite(values), values, middle)
        for row, cell in zip(words, cells, strict=True):
            row.append(crc32(f"{name}={cell}".encode("utf-8", "surrogatepass")))
    grams = _grams([np.array(row, dtype=np.uint64) for row in words], (1,))
    if not numbers:
        return grams
    both = [_scaled(np.column_stack(list(numbers.values()))), grams]
    return sparse.csr_array(sparse.csr_array(sparse.hstack(both)) / np.sqrt(len(both)))


def _character_codes(text: str) -> npt.NDArray[np.uint64]:
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return codes.astype(np.uint64)


def _scaled(values: FloatArray) -> Matrix:
    """Columns of mean 0 and equal spread, so that the mean squared length of a row is 1; constant ones are left out."""
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    kept = spread > 1e-9
    if not kept.any():
        return sparse.csr_array((len(values), 1))
    clipped = np.clip(centred[:, kept] / spread[kept], -4, 4)
    return sparse.csr_array(clipped / np.sqrt(kept.sum()))


def _grams(codes: Sequence[npt.NDArray[np.uint64]], lengths: Sequence[int]) -> Matrix:
    """Counts of hashed runs of these lengths: 1 + log of the count, times the rarity of the run, rows of length 1."""
    data: list[FloatArray] = []
    columns: list[npt.NDArray[np.int64]] = []
    ends = [0]
    for row in codes:
        runs = np.concatenate([runs_of(row, length) * np.uint64(2 * length + 1) for length in lengths])
        kinds, counts = np.unique((runs ^ (runs >> np.uint64(29))) % np.uint64(BUCKETS), return_counts=True)
        columns.append(kinds.astype(np.int64))
        data.append(1 + np.log(counts))
        ends.append(ends[-1] + len(kinds))
    places = np.concatenate(columns)
    rows = sparse.csr_array((np.concatenate(data), places, np.array(ends)), shape=(len(codes), BUCKETS))
    seen = np.bincount(places, minlength=BUCKETS)
    rarity = np.log((1 + len(codes)) / (1 + seen))
    weighted = sparse.csr_array(rows.multiply(rarity[None, :]))
    sizes = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    scaled = sparse.csr_array(sparse.diags_array(1 / np.where(sizes > 0, sizes, 1.0)) @ weighted)
    scaled.eliminate_zeros()
    return scaled


def _folds(member: npt.NDArray[np.bool_], seed: int) -> npt.NDArray[np.int64]:
    """The fold of each document: those of each side in turn, in a drawn order."""
    rng = np.random.default_rng([seed, 8])
    folds = np.zeros(len(member), dtype=np.int64)
    for side in (True, False):
        places = rng.permutation(np.flatnonzero(member == side))
        folds[places] = np.arange(len(places)) % FOLDS
    return folds


def _smoother(kernel: FloatArray, folds: npt.NDArray[np.int64]) -> FloatArray:
    """Ridge regression in its dual form, by folds: the scores of all documents are this matrix times their sides.

    It knows no side, so that the same matrix serves every way to deal them out.
    """
    smoother = np.zeros(kernel.shape)
    for fold in range(FOLDS):
        rest, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        inside, beside = kernel[np.ix_(rest, rest)], kernel[np.ix_(held, rest)]
        middle = inside.mean(axis=0)
        centred = inside - middle[:, None] - middle[None, :] + middle.mean()
        centred[np.diag_indices_from(centred)] += RIDGE
        learnt = np.linalg.solve(centred, (beside - beside.mean(axis=1, keepdims=True) - middle + middle.mean()).T).T
        smoother[np.ix_(held, rest)] = learnt - learnt.mean(axis=1, keepdims=True)
    return smoother
