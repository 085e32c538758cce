"""A difference between two versions, with what chance alone could have made of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Numbers by request, cell or block.
Numbers = NDArray[np.float64]
#: Ids, numbered from 0.
Ids = NDArray[np.int64]


def tally(ids: Ids, weights: Numbers, size: int = 0) -> Numbers:
    """Add up weights by id.

    Examples
    --------
    >>> tally(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0])).tolist()
    [1.0, 0.0, 5.0]
    """
    summed: Numbers = np.bincount(ids, weights, size).astype(np.float64)
    return summed


@dataclass(frozen=True, slots=True)
class Difference:
    """Candidate minus baseline.

    Attributes
    ----------
    estimate : float
        The difference as measured.
    low, high : float
        The interval at `level`.
    level : float
        How often such intervals hold the true difference, 0.95 say.
    standard_error : float
        In the unit of the estimate, bursts taken into account.
    p_value : float
        How often chance alone makes a difference at least so large, when there is none.
    design_effect : float
        How many times wider the variance is than if requests failed independently of each other.
    """

    estimate: float
    low: float
    high: float
    level: float
    standard_error: float
    p_value: float
    design_effect: float = 1.0
