"""Formats drawn from the table of commands: one by one, in TEXT shapes, in JSON documents."""

import random
from collections.abc import Iterator, Mapping, Sequence

from envoylog.format.document import read_document
from envoylog.format.plan import make_plan
from envoylog.spec.formats import NAMED_FORMATS
from tests.hostile.commands import BREAKING, COMMANDS, REQUEST_ID

Format = str | Mapping[str, object]


def named() -> dict[str, Format]:
    """Give the formats of products, apart from those with operators that Envoy does not know."""
    return {
        f"named-{name}.log": _on_a_line(row.document)
        for name, row in NAMED_FORMATS.items()
        if all(field.known for field in make_plan(read_document(row.document)).fields)
    }


def _on_a_line(document: Format) -> Format:
    # Envoy adds no newline, the products do.
    return document.removesuffix("\n") + "\n" if isinstance(document, str) else document


def _named_commands() -> Iterator[str]:
    for given in named().values():
        for field in make_plan(read_document(given)).fields:
            yield field.command.text


#: Two files that hold every command and frame it beyond doubt: nothing hostile holds these bytes.
TRUTH_TEXT, TRUTH_JSON = "truth-text.log", "truth-json.log"
UNIT, END = "\x1f", "\x1d\n"
ALL = tuple(dict.fromkeys((*COMMANDS, *BREAKING, *_named_commands())))

TRUTH: dict[str, Format] = {
    TRUTH_TEXT: UNIT.join(ALL) + END,
    TRUTH_JSON: {f"{number:03}": command for number, command in enumerate(ALL)},
}

_OMITTING = "omitting-"

#: How the commands of a random TEXT format stand beside each other: before, between, after.
SHAPES = {
    "blanks": ("", " ", ""),
    "quotes": ('"', '" "', '"'),
    "tabs": ("", "\t", ""),
    "pipes": ("|", "|", "|"),
    "commas": ("", ",", ""),
    "quoted commas": ('"', '","', '"'),
    "brackets": ("[", "] [", "]"),
    "words": ("took ", " of ", "."),
    "wide": ("<<", ">> - <<", ">>"),
    "semicolons": ("", "; ", ";"),
    "accents": ("é", "·é·", "é"),
}


def single_texts() -> dict[str, Format]:
    """Each command alone, behind the request id in quotes and what no value holds."""
    return {
        f"single-{number:03}.log": f'"{REQUEST_ID}" ~~ {command}\n'
        for number, command in enumerate(COMMANDS)
    }


def drawn(seed: int, texts: int, documents: int) -> dict[str, Format]:
    """Draw so many TEXT formats and JSON documents."""
    rng = random.Random(seed)  # noqa: S311 - to be drawn again
    shapes = [*SHAPES, "mixed", "logfmt", "json-shaped", "touching"]
    formats: dict[str, Format] = {}
    for number in range(texts):
        shape = shapes[number % len(shapes)]
        formats[f"text-{number:03}-{shape.replace(' ', '-')}.log"] = _text(rng, shape) + "\n"
    for number in range(documents):
        formats[f"json-{number:03}.log"] = _document(rng)
    return formats


def omitting(seed: int) -> dict[str, Format]:
    """Draw formats for logs in which nothing stands for what is missing, instead of `-`."""
    return {f"{_OMITTING}{name}": given for name, given in drawn(seed, 20, 10).items()}


def omits(name: str) -> bool:
    """Tell whether a log is written with `omit_empty_values`."""
    return name.startswith(_OMITTING)


def breaking() -> dict[str, Format]:
    """Give the formats whose lines hostile values break."""
    return {
        f"breaking-{number}.log": f'"{REQUEST_ID}" {command} "%PROTOCOL%" %RESPONSE_CODE%\n'
        for number, command in enumerate(BREAKING)
    }


def _text(rng: random.Random, shape: str) -> str:
    commands = rng.sample(COMMANDS, rng.randint(3, 8))
    if shape == "mixed":
        before, _, after = rng.choice([*SHAPES.values()])
        return before + _joined(rng, commands) + after
    if shape == "logfmt":
        return " ".join(f"{key}={_perhaps_quoted(rng, c)}" for key, c in _keyed(commands))
    if shape == "json-shaped":
        members = (f'"{key}":{_perhaps_quoted(rng, c)}' for key, c in _keyed(commands))
        return "{" + ",".join(members) + "}"
    if shape == "touching":
        return commands[0] + commands[1] + " " + " ".join(commands[2:4])
    before, between, after = SHAPES[shape]
    return before + between.join(commands) + after


def _joined(rng: random.Random, commands: Sequence[str]) -> str:
    first, *rest = commands
    return first + "".join(rng.choice(list(SHAPES.values()))[1] + command for command in rest)


def _keyed(commands: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"k{number}", command) for number, command in enumerate(commands)]


def _perhaps_quoted(rng: random.Random, command: str) -> str:
    return rng.choice((command, f'"{command}"'))


def _document(rng: random.Random) -> dict[str, object]:
    document: dict[str, object] = {"id": REQUEST_ID}
    for key, command in _keyed(rng.sample(COMMANDS, rng.randint(3, 8))):
        match rng.randint(0, 4):
            case 0:
                document[key] = {"in": command, 'a "q" \\': {"deep é": rng.choice(COMMANDS)}}
            case 1:
                document[key] = f"<{command}> {rng.choice(COMMANDS)}"
            case 2:
                document[key] = f"100%% {command}"
            case _:
                document[key] = command
    return document | {"constant": "no command", "number": 7, "list": [1, REQUEST_ID]}
