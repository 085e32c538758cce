"""What Envoy really wrote for every command in every record, cut where nothing can be mistaken."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.hostile.formats import ALL, END, TRUTH_JSON, TRUTH_TEXT, UNIT
from tests.hostile.spelling import load


@dataclass(frozen=True, eq=False)
class Truth:
    """The n-th item of every list is of the n-th record.

    Attributes
    ----------
    texts : mapping
        Command -> its bytes in TEXT.
    values : mapping
        Command -> its value in JSON; bytes that are not UTF-8 are Python's lone surrogates.
    """

    texts: Mapping[str, list[bytes]]
    values: Mapping[str, list[object]]

    @cached_property
    def records(self) -> int:
        """How many records there are."""
        return len(self.values[ALL[0]])


def read_truth(logs: Path) -> Truth:
    """Read the two files that hold every command."""
    end, unit = END.encode(), UNIT.encode()
    lines = (logs / TRUTH_TEXT).read_bytes().removesuffix(end).split(end)
    texts = [line.split(unit) for line in lines]
    assert {len(line) for line in texts} == {len(ALL)}, "the frame of the truth is broken"
    documents = [_object(line) for line in (logs / TRUTH_JSON).read_bytes().splitlines()]
    assert len(documents) == len(texts)
    return Truth(
        dict(zip(ALL, map(list, zip(*texts, strict=True)), strict=True)),
        {
            command: [document[f"{number:03}"] for document in documents]
            for number, command in enumerate(ALL)
        },
    )


def _object(line: bytes) -> dict[str, object]:
    found = load(line)
    assert isinstance(found, dict)
    return found
