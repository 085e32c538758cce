"""Many comparisons at once: chance must not be given as many chances."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values so that one false alarm among all is as rare as the level says.

    Examples
    --------
    >>> [round(p, 6) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    left = len(p_values) - np.arange(len(p_values))
    return _corrected(p_values, lambda ordered: np.maximum.accumulate(ordered * left))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Correct p-values so that of all alarms the share of false ones is as small as the level says.

    Examples
    --------
    >>> [round(p, 6) for p in benjamini_hochberg([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    # SciPy has this too, but its module takes a second and more to load.
    most = len(p_values) / np.arange(1, len(p_values) + 1)
    return _corrected(p_values, lambda ordered: np.minimum.accumulate((ordered * most)[::-1])[::-1])


def _corrected(p_values: Sequence[float], correct: Callable[[_Floats], _Floats]) -> list[float]:
    """Correct p-values in ascending order, and give them in their own."""
    order = np.argsort(p_values, kind="stable")
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(1.0, correct(np.asarray(p_values, float)[order]))
    return [float(p) for p in corrected]
