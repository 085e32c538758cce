"""From intervals to one word: better, worse, no difference, not enough data."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from envoylog.statistics.difference import Difference


class Verdict(StrEnum):
    """What the requests say of the candidate."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no difference"
    NOT_ENOUGH_DATA = "not enough data"


def judge(difference: Difference, margin: float, p_value: float, level: float) -> Verdict:
    """Judge one quantity of which less is better.

    Parameters
    ----------
    difference : Difference
        Candidate minus baseline.
    margin : float
        Differences smaller than this do not matter, even if they are real.
    p_value : float
        Corrected for all the comparisons made.
    level : float
        A p-value below it is not chance.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> rise = Difference(0.02, 0.01, 0.03, 0.95, 0.005, 1e-4)
    >>> judge(rise, 0.005, 1e-4, 0.05).value, judge(rise, 0.05, 1e-4, 0.05).value
    ('worse', 'no difference')
    """
    if -margin < difference.low and difference.high < margin:
        return Verdict.NO_DIFFERENCE
    if p_value < level and difference.low > 0:
        return Verdict.WORSE
    if p_value < level and difference.high < 0:
        return Verdict.BETTER
    return Verdict.NOT_ENOUGH_DATA


def overall(needed: Iterable[Verdict], alarms: Iterable[Verdict] = ()) -> Verdict:
    """Take verdicts together: one that is worse makes all worse.

    Parameters
    ----------
    needed : iterable of Verdict
        None of them may lack data, or there is no clean bill.
    alarms : iterable of Verdict
        These may condemn, but not acquit or hold back: far tails and single routes.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> overall([Verdict.BETTER, Verdict.NO_DIFFERENCE], [Verdict.NOT_ENOUGH_DATA]).value
    'better'
    """
    first = set(needed)
    if Verdict.WORSE in first | set(alarms):
        return Verdict.WORSE
    if Verdict.NOT_ENOUGH_DATA in first or not first:
        return Verdict.NOT_ENOUGH_DATA
    return Verdict.BETTER if Verdict.BETTER in first else Verdict.NO_DIFFERENCE
