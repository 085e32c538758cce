"""Our compiler takes the formats that the real Envoy takes, and refuses those that it refuses.

Known differences, and on purpose: names that are not built in are taken (an extension may add
them), the inside of CEL is not read, and a format without any command operator is refused.
"""

import random

import pytest

from envoylog.errors import FormatError
from envoylog.format.document import Encoding, JsonFormat, read_document
from envoylog.format.lexer import Command, tokenize
from envoylog.spec.operators import OPERATORS
from tests.format.real_envoy import Format, validate, verdicts
from tests.format.test_commands import ACCEPTED as COMMANDS_ACCEPTED
from tests.format.test_commands import REFUSED as COMMANDS_REFUSED
from tests.format.test_lexer import ACCEPTED as TOKENS_ACCEPTED
from tests.format.test_lexer import REFUSED as TOKENS_REFUSED
from tests.spec.arguments import BUILT_IN, right_argument, right_command

pytestmark = pytest.mark.envoy

# Envoy 1.40 crashes on these instead of refusing them: `%COALESCE(16)%` and any other scalar,
# and JSON nested so deep that its stack ends.
CRASHES = ("%COALESCE(16)%", "%COALESCE([])%", "%COALESCE([[")

TABLE = [
    *(text for text, _ in TOKENS_ACCEPTED),
    *(text for text, _ in TOKENS_REFUSED),
    *COMMANDS_ACCEPTED,
    *(text for text, _ in COMMANDS_REFUSED if not text.startswith(CRASHES)),
    # Where tokens meet.
    "%PROTOCOL%%PROTOCOL%%PROTOCOL%",
    "%%%PROTOCOL%%%",
    "%%%%PROTOCOL%",
    "%PROTOCOL%%",
    "(%PROTOCOL%)",
    "%PROTOCOL%:%PROTOCOL%",
    "%REQ(A):1%:2",
    "%REQ(A):1:2%",
    "%REQ(A)):1%",
    "%REQ((A)%",
    "%PROTOCOL%\n%DURATION%\n",
    "\n\n%PROTOCOL%\r\n",
    "%PROTOCOL\n%",
    # Lengths.
    "%REQ(A):00%",
    "%REQ(A):9223372036854775808%",
    "%REQ(A):1e3%",
    "%REQ(A):0x1%",
    "%REQ(A):,%",
    "%REQ(A): %",
    # Headers, by names, and times.
    *(f"%REQ({name})%" for name in ["a/b", "a,b", "a;b", "a=b", "a@b", "a[b", "a\\b", "a{b"]),
    *(f"%REQ({name})%" for name in ["a|b", "~", "a?:b", ":a?:b", "?:", "??"]),
    *(f"%RESP({name})%" for name in ["a\tb", "a ", "\u2028", "a??"]),
    *(f"%START_TIME({text})%" for text in ["%", "%%", "%E", "%5n", "%OEn", "%n%", "\x00", "n"]),
    "%START_TIME(\t)%",
    # Arguments that nobody checks.
    "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(129)%",
    "%DYNAMIC_METADATA(::)%",
    "%ENVIRONMENT( )%",
    "%QUERY_PARAM(:)%",
    "%UPSTREAM_METADATA(a b\tc)%",
]

JSON_TABLE: list[JsonFormat] = [
    {"a": "%PROTOCOL%"},
    {"a": {"b": ["%PROTOCOL%", {"c": "%DURATION%ms"}]}, "d": 1.5, "e": None, "f": True},
    {"": "%PROTOCOL%", "%": 1, "%REQ(A)%": "100%%"},
    {"a": "%PROTOCOL%\n%DURATION%"},
    {"a": "%PROTOCOL%", "b": "100%"},
    {"a": "%PROTOCOL%", "b": ["%x%"]},
    {"a": "%PROTOCOL%", "b": [[{"c": "%REQ()%"}]]},
    {"a": "%PROTOCOL%", "b": {"c": "%REQ(a b)%"}},
    {"a": "%REQ(a\nb)%"},
]


def refusal(given: Format) -> str:
    try:
        if isinstance(given, str):
            read_document(given, Encoding.TEXT)
        else:
            read_document(given)
    except FormatError as error:
        return str(error)
    return ""


def is_comparable(text: str) -> bool:
    """Tell whether both must say the same: see above for what they need not agree on."""
    try:
        commands = [token for token in tokenize(text) if isinstance(token, Command)]
    except FormatError:
        return True
    names = {row.name for row in BUILT_IN}
    known = all(command.name in names for command in commands)
    return known and bool(commands) and not any("CEL" in command.name for command in commands)


def disagreements(formats: list[Format]) -> list[tuple[Format, str, str | None]]:
    pairs = [(given, refusal(given)) for given in formats]
    return [
        (given, ours, theirs)
        for (given, ours), theirs in zip(pairs, verdicts(formats), strict=True)
        if bool(ours) != bool(theirs)
    ]


def test_table() -> None:
    formats = [text for text in dict.fromkeys(TABLE) if is_comparable(text)]
    refused = sum(1 for text in formats if refusal(text))
    assert len(formats) >= 180
    assert refused >= 80
    assert len(formats) - refused >= 80
    assert disagreements([*formats]) == []


def test_json() -> None:
    assert disagreements([*JSON_TABLE]) == []


@pytest.mark.parametrize("seed", range(3))
def test_random_formats(seed: int) -> None:
    formats = random_formats(seed, 1500)
    refused = sum(1 for text in formats if refusal(text))
    assert 300 < refused < len(formats) - 300
    assert disagreements([*formats]) == []


def test_validate_mode_says_the_same() -> None:
    """`envoy --mode validate` takes one configuration, so those that are refused go one by one."""
    formats = [text for text in dict.fromkeys(TABLE) if is_comparable(text)]
    assert validate([text for text in formats if not refusal(text)]) == ""
    for text in [text for text in formats if refusal(text)][::8]:
        assert validate([text]), text


ARGUMENTS = [
    "", "x", "a b", "A?B", "A?B?C", ":path", ":", "a:b", "%Y", "%n", "%", ")", "(", '"', "é", "-1",
    "ns:key", "k:PLAIN", "k:TYPED:", "k:FIELD", "k:FIELD:f", "k:FOO", ":PLAIN", "k::",
    "DYNAMIC:a", "CLUSTER", "NODE:a", "A:B", "A:B:ms", "A:B:s", "A:", "A:B:", "NUMBER", "number",
    "SNAKE_STRING", "WQ", "WQ:PATH", "NQ:x", ":ORIG", "ORIG", "DECODED", "SNI_ONLY",
    "HOST_FIRST:HOST", "SNI_FIRST:x", "uri", "URI", "email", "%-5En", "%10n", "\t",
]  # fmt: skip
LENGTHS = ["", "", "", "", ":0", ":3", ":99999999999999999999", ":", ":x", ":-1", ": 3"]
LITERALS = ["", " ", ":", "(", ")", '"', "%%", "%", "a", "é", "\n", "{", "]", "100%", ":3", "%%%"]
MUTANTS = "%()?:aZ9_ \n"


def random_formats(seed: int, count: int) -> list[str]:
    """Make formats from the table of operators, near to what Envoy takes and mostly beside it."""
    pick = random.Random(seed)  # noqa: S311 - the same formats every time
    made: dict[str, None] = {}
    while len(made) < count:
        pieces = ["%PROTOCOL% "]
        for _ in range(pick.choice([1, 1, 2])):
            pieces += [_random_command(pick), pick.choice(LITERALS) if pick.random() < 0.2 else " "]
        if is_comparable(text := "".join(pieces)):
            made[text] = None
    return list(made)


def _random_command(pick: random.Random) -> str:
    row = pick.choice(BUILT_IN)
    # No change to these: an argument of the wrong kind may crash Envoy.
    if row.name == "COALESCE":
        return right_command(row)
    argument = pick.choice([right_argument(row), pick.choice(ARGUMENTS)])
    text = pick.choice(
        [
            right_command(row),
            right_command(row),
            f"%{row.name}({argument})%",
            f"%{row.name}({argument}){pick.choice(LENGTHS)}%",
            f"%{row.name}{pick.choice(LENGTHS)}%",
        ]
    )
    if pick.random() < 0.15:
        at = pick.randrange(len(text))
        text = text[:at] + pick.choice(["", pick.choice(MUTANTS)]) + text[at + 1 :]
    return text


def test_every_built_in_name_is_drawn() -> None:
    drawn = "".join(random_formats(0, 1500))
    missing = {row.name for row in BUILT_IN if f"%{row.name}" not in drawn}
    assert missing <= {name for name in OPERATORS if "CEL" in name}
