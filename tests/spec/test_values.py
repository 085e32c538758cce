import re as python_re

import polars as pl
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from envoylog.spec import headers, operators, values
from envoylog.spec.values import TextClass

CLASSES = {name: value for name, value in vars(values).items() if isinstance(value, TextClass)}
PATTERNS = {
    f"{name}.{part}": pattern
    for name, row in CLASSES.items()
    for part, pattern in (("pattern", row.pattern), ("or_dash", row.or_dash))
}

EXAMPLES = {
    "UNSIGNED": (["0", "200", "18446744073709551615"], ["", "-", "-1", "+1", "1.5", " 1", "٣"]),
    "SIGNED": (["0", "-42", "7"], ["", "--1", "1-", "+1"]),
    "PROTOCOL": (["HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3"], ["", "HTTP", "http/2", "HTTP/2 "]),
    "FLAGS": (["UF", "UF,URX", "NoHealthyUpstream", "DI,FI"], ["", ",UF", "UF URX", "0"]),
    "WORD": (["OK", "NotFound", "99", "DownstreamEnd", "4bf92f35"], ["", "a b", "a-b", "é"]),
    "HEX_LIST": (["0a1b", "00ff,11ee"], ["", "0A", "0x1", "a b"]),
    "TOKEN": (
        ["via_upstream", "-", "a|b", "x-y", 'policy[deny_"all"]', "CN=é", "%0A"],
        ["", "a b", "a\tb", "a\nb", "\x7f"],
    ),
    "ADDRESS": (
        [
            "10.0.0.1:8080",
            "[::1]:80",
            "[2001:db8::1]:0",
            "/run/envoy.sock",
            "@abstract",
            "envoy://internal_client_address/",
            "tcp://10.0.0.1:80",
        ],
        ["", "10.0.0.1", 'a"b:1', "10.0.0.1: 8080", "-10.0.0.1:80"],
    ),
    "HOST": (
        ["10.0.0.1", "::1", "[::1]", "10.0.0.0/32", "shop.example.com:80", "a-b", "-"],
        ["", "a b", '"a"'],
    ),
    "METHOD": (["GET", "M-SEARCH", "get", "A.B", "-"], ["", "GET ", "G/T", 'G"', "(", "é"]),
    "PATH": (["/", "/a?b=c&d", '/"q"\\', "/é", "*", "-"], ["", "/a b", "/a\tb", "/\x7f"]),
    "DETAILS": (["", "-", "via_upstream", 'x[deny_"all"]{a|b,c}'], ["a b", "a\tb", "\x7f"]),
    "QUERY": (["", "-", "a=b&c", 'q="raw"', "a=%20"], ["a b", "a\tb", "\x7f"]),
    "AUTHORITY": (
        ["shop.example.com", "[::1]:8080", "user:pw@h", "a,b", "_", "", "-"],
        ["a b", "a/b", "a?b", "é", 'a"', "a|b", "a'b"],
    ),
    "SERVER_NAME": (["shop.example.com", "a_b", "-"], ["", "a:b", "a b", "é"]),
    "HEADER": (["", "-", "a b", 'q "x" \\', "a\tb", "é\u2028"], ["a\nb", "a\rb", "\x00", "\x7f"]),
    "ORIGINAL_PATH": (["/", "/a?b", "", "-", '/a "b" c'], ["a\nb", "\x00"]),
    "FREE": (["", "-", "a b", "\x00\r\t", "é"], ["a\nb", "\n"]),
}
ACCEPTED = [(name, text) for name, (good, _) in EXAMPLES.items() for text in good]
REFUSED = [(name, text) for name, (_, bad) in EXAMPLES.items() for text in bad]


def matches(pattern: str, text: str) -> bool:
    """Ask the three engines; they must agree."""
    answers = {
        bool(regex.fullmatch(pattern, text)),
        bool(python_re.fullmatch(pattern, text)),
        pl.Series([text]).str.contains(f"^(?:{pattern})$").item(),
    }
    assert len(answers) == 1, f"{pattern!r} and {text!r}: the engines disagree"
    return True in answers


def test_every_class_has_examples() -> None:
    assert EXAMPLES.keys() == CLASSES.keys()


def test_every_class_is_used() -> None:
    used = [row.text_class for row in operators.OPERATORS.values()]
    used += [header.text_class for header in headers.HEADERS.values()]
    assert {name for name, row in CLASSES.items() if row not in used} == set()


@pytest.mark.parametrize(("name", "text"), ACCEPTED)
def test_accepts(name: str, text: str) -> None:
    assert matches(CLASSES[name].pattern, text)
    assert matches(CLASSES[name].or_dash, text)


@pytest.mark.parametrize(("name", "text"), REFUSED)
def test_refuses(name: str, text: str) -> None:
    assert not matches(CLASSES[name].pattern, text)
    assert text == "-" or not matches(CLASSES[name].or_dash, text)


@pytest.mark.parametrize("row", CLASSES.values(), ids=CLASSES)
def test_or_dash_adds_the_dash_alone(row: TextClass) -> None:
    assert matches(row.or_dash, "-")
    assert row.meaning
    assert not row.meaning.endswith(".")


@pytest.mark.parametrize("name", CLASSES)
@settings(deadline=None)
@given(text=st.text(alphabet="-0aG.:/,_ \t\x7f\"'é[]H", max_size=6))
def test_or_dash_is_the_class_and_the_dash(name: str, text: str) -> None:
    row = CLASSES[name]
    assert matches(row.or_dash, text) == (text == "-" or matches(row.pattern, text))


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
@settings(max_examples=40, deadline=None)
@given(text=st.text(alphabet='-09aHTP/.:, _["é', min_size=1, max_size=8), data=st.data())
def test_greed_orders_the_ends(pattern: str, text: str, data: st.DataObject) -> None:
    """The greedy form finds the longest end that the rest allows, the lazy form the shortest."""
    ends = [end for end in range(len(text) + 1) if regex.fullmatch(pattern, text[:end])]
    if not ends:
        return
    allowed = data.draw(st.sets(st.sampled_from(ends), min_size=1, max_size=3))
    rest = "|".join(python_re.escape(text[end:]) for end in allowed)
    found = (
        pl.Series([text])
        .to_frame("text")
        .select(
            longest=pl.col("text").str.extract(f"^({pattern})(?:{rest})$"),
            shortest=pl.col("text").str.extract(f"(?U)^({pattern})(?:{rest})$"),
        )
    )
    assert found.row(0) == (text[: max(allowed)], text[: min(allowed)])


@pytest.mark.parametrize("name", [name for name, row in CLASSES.items() if row.without is not None])
@given(text=st.text(st.characters(codec="utf-8") | st.sampled_from('\t\n\x7f "a'), max_size=6))
@settings(deadline=None, max_examples=60)
def test_without_says_which_characters_are_left_out(name: str, text: str) -> None:
    row = CLASSES[name]
    admitted = row.without is not None and row.without.isdisjoint(text)
    enough = bool(text) or row.pattern.endswith("*")
    for pattern in (row.pattern, row.or_dash):
        assert bool(regex.fullmatch(pattern, text)) == (admitted and enough)
