"""`compile_format`: by name, by file, as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

import envoylog
from envoylog.format.document import Encoding


def test_names_files_strings_and_dictionaries(tmp_path: Path) -> None:
    text = "%RESPONSE_CODE% %DURATION%"
    (tmp_path / "fmt.txt").write_text(text + "\n")
    parser = envoylog.compile_format(text)
    assert list(parser.schema) == ["response_code", "duration", "ambiguous"]
    assert envoylog.compile_format(tmp_path / "fmt.txt").schema == parser.schema
    assert envoylog.compile_format(str(tmp_path / "fmt.txt")).schema == parser.schema
    assert envoylog.compile_format(parser) is parser
    as_json = envoylog.compile_format({"code": "%RESPONSE_CODE%", "took": "%DURATION%"})
    assert list(as_json.schema) == ["response_code", "duration", "extra"]
    assert envoylog.compile_format("istio").plan == envoylog.compile_format("istio-1.23").plan


def test_json_shaped_text_is_text_when_told_so() -> None:
    shaped = '{"code": "%RESPONSE_CODE%"}'
    assert envoylog.compile_format(shaped).plan.encoding is Encoding.JSON
    assert envoylog.compile_format(shaped, "TEXT").plan.encoding is Encoding.TEXT


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("istoi", "no format or file 'istoi': did you mean 'istio'?"),
        ("nothing.txt", "no format or file 'nothing.txt': a format has command operators"),
    ],
)
def test_unknown_names(given: str, words: str) -> None:
    with pytest.raises(envoylog.UnknownNameError) as raised:
        envoylog.compile_format(given)
    assert str(raised.value).startswith(words)


def test_a_folder_is_no_format(tmp_path: Path) -> None:
    with pytest.raises(envoylog.InputError, match="is a folder: give the file"):
        envoylog.compile_format(tmp_path)
