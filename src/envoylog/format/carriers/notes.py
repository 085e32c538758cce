"""What products do to a TEXT format, and the sentences that tell it."""

from __future__ import annotations

_NO_NEWLINE = "no newline ends this format: Envoy writes one record after the other into one line"
#: What `omit_empty_values` means to who reads the log.
OMITS_EMPTY = (
    "missing values are omitted: TEXT has nothing in their place, "
    "JSON of Envoy 1.40 and later has no such key"
)


def ended(text: str, who: str) -> tuple[str, str]:
    """Return a TEXT format ended by a newline, and the note that `who` adds it.

    Parameters
    ----------
    text : str
        As it stands in the file.
    who : str
        The product.

    Returns
    -------
    tuple of str
        The format, and the note; empty if there was a newline.
    """
    if text.endswith("\n"):
        return text, ""
    return text + "\n", f"{who} adds the newline that ends each record"


def single_ended(text: str, who: str) -> tuple[str, str]:
    """Do as `ended` does, for a product that adds its newline to one that is there already.

    Parameters
    ----------
    text : str
        As it stands in the file.
    who : str
        The product.

    Returns
    -------
    tuple of str
        The format with the newline that ends the record, and the note.
    """
    if text.endswith("\n"):
        return text, f"{who} adds a newline to this one: an empty line follows each record"
    return ended(text, who)


def newline_note(text: str) -> str:
    """Return the warning about a TEXT format that reaches Envoy as it is, without a newline.

    Parameters
    ----------
    text : str
        The format.

    Returns
    -------
    str
        Empty if there is nothing to warn of.
    """
    return "" if text.endswith("\n") else _NO_NEWLINE
