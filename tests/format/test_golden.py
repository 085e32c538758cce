"""The messages that people see. Each file of `golden/` holds a format and what is said about it.

`REWRITE_GOLDEN=1 pytest tests/format/test_golden.py` writes the files anew, and fails: read the
difference before you keep it.
"""

import difflib
import os
from pathlib import Path

import pytest

from envoylog.errors import FormatError
from envoylog.format.document import Encoding, read_document

GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.txt"))
SEPARATOR = "\n--- said about it:\n"


def message(given: str, encoding: Encoding) -> str:
    try:
        read_document(given, encoding)
    except FormatError as error:
        return str(error)
    return "the format is right"


def test_there_are_golden_files() -> None:
    assert len(GOLDEN) >= 15


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_message(path: Path) -> None:
    given, separator, expected = path.read_text(encoding="utf-8").partition(SEPARATOR)
    assert separator
    encoding = Encoding.JSON if path.stem.startswith("json-") else Encoding.TEXT
    found = message(given, encoding) + "\n"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_text(f"{given}{SEPARATOR}{found}", encoding="utf-8")
        pytest.fail(f"{path.name} was written anew")
    difference = difflib.unified_diff(
        expected.splitlines(), found.splitlines(), path.name, "now", lineterm=""
    )
    assert found == expected, "\n" + "\n".join(difference)
