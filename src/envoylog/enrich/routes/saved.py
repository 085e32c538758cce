"""The file of learned templates: one on a line, for people to read and to edit."""

from __future__ import annotations

from collections.abc import Iterator

from envoylog.enrich.routes.templates import Template
from envoylog.errors import ConfigurationError
from envoylog.spec.segments import PLACEHOLDERS

#: What the file starts with.
FIRST_LINE = "# envoylog: learned path templates"


def write_learned(templates: tuple[str, ...]) -> str:
    """Write the file.

    Examples
    --------
    >>> write_learned(("/users/{id}",)).splitlines()[-1]
    '/users/{id}'
    """
    meanings = [f"#   {f'{{{name}}}':<10} {meaning}" for name, meaning in PLACEHOLDERS.items()]
    lines = [
        FIRST_LINE,
        "#",
        "# Each path takes the most exact template that it fits. Edit as you like: later runs keep",
        "# what stands here and add templates only for paths that fit none.",
        "#",
        *meanings,
        "#   {other}    any other name in braces, and *, is any one segment",
        "#   **         at the end: whatever follows; **.js: whatever follows and ends so",
        "",
        *sorted(templates),
    ]
    return "\n".join(lines) + "\n"


def read_learned(text: str, name: str) -> tuple[str, ...]:
    """Read the file.

    Parameters
    ----------
    text : str
        Its content.
    name : str
        Its name, for messages.

    Returns
    -------
    tuple of str
        The templates.

    Raises
    ------
    ConfigurationError
        With the line that is no template.
    """
    found = list(read_lines(text, name, learned=True))
    for template in found:
        if template.pattern:
            raise ConfigurationError(
                f"{name}: {template.text!r} is a pattern: it can stand in a file of --routes only"
            )
    return tuple(template.text for template in found)


def read_lines(text: str, name: str, *, learned: bool) -> Iterator[Template]:
    """Read a list of templates: one on a line; lines that start with `#` are comments."""
    for number, line in enumerate(text.splitlines(), start=1):
        template = line.strip()
        if not template or template.startswith("#"):
            continue
        try:
            yield Template.read(template, learned=learned)
        except ValueError as error:
            raise ConfigurationError(f"{name}, line {number}: {error}") from None
