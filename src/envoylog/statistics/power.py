"""How many requests it takes to see a difference of a given size."""

from __future__ import annotations

from math import ceil, sqrt

from scipy import stats

#: How often a difference of the given size is found, unless told otherwise.
POWER = 0.8


def needed(standard_error: float, size: float, level: float = 0.95, power: float = POWER) -> float:
    """Tell how many times as many requests are needed as there are.

    A standard error shrinks with the root of the number of requests, at the same split and the
    same bursts; a difference is found with the given power when it is as large as the sum of two
    normal quantiles times the standard error.

    Parameters
    ----------
    standard_error : float
        Of the difference as measured.
    size : float
        Of the difference that must be seen.
    level, power : float
        Of the test.

    Returns
    -------
    float
        At most 1 if there are enough.

    Examples
    --------
    >>> round(needed(0.01, 0.01), 2)  # (1.96 + 0.84) squared
    7.85
    """
    reach = float(stats.norm.isf((1 - level) / 2) + stats.norm.ppf(power))
    return (reach * standard_error / size) ** 2


def needed_requests(
    rate: float,
    size: float,
    share: float = 0.5,
    *,
    level: float = 0.95,
    power: float = POWER,
    design_effect: float = 1.0,
) -> int:
    """Tell how many requests in all show a rise of an error rate.

    Parameters
    ----------
    rate : float
        The error rate of the baseline.
    size : float
        The rise that must be seen: 0.005 is half a point.
    share : float
        The share of requests that the candidate gets.
    level, power : float
        Of the two-sided test.
    design_effect : float
        How much bursts widen the variance; see `Difference`.

    Returns
    -------
    int

    Examples
    --------
    >>> needed_requests(0.01, 0.005)  # 7,750 for each version
    15500
    """
    raised = min(1.0, rate + size)
    # Under no difference both versions have the common rate.
    common = (1 - share) * rate + share * raised
    parts = 1 / (1 - share), 1 / share
    none = sqrt(common * (1 - common) * sum(parts))
    some = sqrt(rate * (1 - rate) * parts[0] + raised * (1 - raised) * parts[1])
    reach = float(stats.norm.isf((1 - level) / 2)) * none + float(stats.norm.ppf(power)) * some
    return ceil(design_effect * (reach / size) ** 2)
