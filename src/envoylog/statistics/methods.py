"""The methods, each with what it is for and where it was published."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """One statistical method.

    Attributes
    ----------
    name : str
        What statisticians call it.
    use : str
        What it is used for here, in plain words.
    source : str
        Where it was published.
    """

    name: str
    use: str
    source: str

    def __str__(self) -> str:
        return f"{self.use}: {self.name} ({self.source})"


_METHODS = {
    "chi-square": Method(
        "Pearson's chi-square test",
        "split against weights",
        "Pearson 1900; as a check of experiments: Fabijan et al. 2019",
    ),
    "exact-split": Method(
        "exact multinomial test",
        "split of few requests against weights",
        "Cressie and Read 1988",
    ),
    "newcombe": Method(
        "hybrid score interval",
        "interval of a difference of error rates",
        "Newcombe 1998, method 10",
    ),
    "mantel-haenszel": Method(
        "Mantel-Haenszel risk difference with Sato's variance",
        "error rates adjusted for the mix of routes and times",
        "Greenland and Robins 1985; Sato 1989",
    ),
    "design-effect": Method(
        "design effect of time blocks",
        "bursts: errors that come together count as fewer",
        "Rao and Scott 1992",
    ),
    "drift": Method(
        "effective number of autocorrelated observations",
        "time blocks that resemble their neighbours count as fewer",
        "Bayley and Hammersley 1946",
    ),
    "conditional": Method(
        "exact conditional test of common rates",
        "chance of so unequal a share of few errors",
        "Cox 1970",
    ),
    "block-bootstrap": Method(
        "bootstrap of whole time blocks, expanded percentile interval",
        "interval of a difference of latency quantiles",
        "Künsch 1989; Hesterberg 2015",
    ),
    "standardisation": Method(
        "direct standardisation",
        "latencies adjusted for the mix of routes",
        "Keiding 1987",
    ),
    "holm": Method(
        "Holm's step-down correction",
        "many comparisons at one level",
        "Holm 1979",
    ),
    "equivalence": Method(
        "the whole interval inside a margin",
        "no difference that matters",
        "Schuirmann 1987",
    ),
    "power": Method(
        "normal approximation of the power of a two-sided test",
        "how many requests are needed",
        "Fleiss, Levin and Paik 2003",
    ),
}


def method(name: str) -> Method:
    """Look a method up.

    Examples
    --------
    >>> print(method("holm"))
    many comparisons at one level: Holm's step-down correction (Holm 1979)
    """
    return _METHODS[name]
