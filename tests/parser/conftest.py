"""Ways in which JSON lines are read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from envoylog.parser import json_lines


@pytest.fixture(scope="module", params=[0, 1, 128], ids=["decoder", "either", "one-by-one"])
def few(request: pytest.FixtureRequest) -> Iterator[int]:
    """Say how many objects are read one by one: none; one alone; all there are in a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lines, "_FEW", request.param)
        yield request.param
