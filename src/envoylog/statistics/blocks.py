"""What time blocks say of a variance: how well it is known, and whether blocks resemble the next.

A sum over requests is seen here as a sum over blocks of time; the surplus of a block is what it
adds beyond its share. Few bursts make the variance badly known; surpluses that drift slowly make
it larger than it looks.
"""

from __future__ import annotations

import numpy as np

from envoylog.statistics.difference import Numbers

_MOST = 0.95  # a stronger likeness of neighbours cannot be told from a trend


def degrees_of_freedom(surplus: Numbers) -> float:
    """Tell from how many ordinary blocks the variance would be known as well.

    The variance of a variance grows with the fourth moment: a few bursts among many quiet blocks
    count as few blocks, whatever their number.

    Examples
    --------
    >>> degrees_of_freedom(np.array([1.0, -1.0] * 10))
    19.0
    >>> degrees_of_freedom(np.array([5.0, -5.0] + [0.1, -0.1] * 9)) < 5
    True
    """
    blocks, squares = len(surplus), surplus**2
    if not squares.any():
        return max(1.0, blocks - 1.0)
    tails = float(blocks * (squares**2).sum() / squares.sum() ** 2)
    return max(2.0, min(blocks - 1.0, 2 * blocks / (tails - 1) if tails > 1 else np.inf))


def drift(surplus: Numbers) -> float:
    """Tell by how much likeness of neighbouring blocks widens the variance of their sum.

    Parameters
    ----------
    surplus : array of float
        By block, in the order of time.

    Returns
    -------
    float
        1 if neighbours do not resemble each other.

    Examples
    --------
    >>> drift(np.array([1.0, -1.0] * 10))
    1.0
    >>> drift(np.array([1.0] * 10 + [-1.0] * 10)) > 10
    True
    """
    total = float((surplus**2).sum())
    likeness = float((surplus[1:] * surplus[:-1]).sum()) / total if total else 0.0
    if likeness <= 0:
        return 1.0
    # Measured on few blocks it comes out too small.
    likeness = min(_MOST, likeness + (1 + 3 * likeness) / len(surplus))
    return (1 + likeness) / (1 - likeness)
