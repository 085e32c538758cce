"""Say what a format cannot tell, and write a better one: TEXT, JSON, and ready configuration."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from envoylog.format.document import Encoding
from envoylog.format.lexer import Literal
from envoylog.format.plan import Plan, PlanMember
from envoylog.spec.recommended import RECOMMENDED


@dataclass(frozen=True, slots=True)
class Advice:
    """What to change in a format, and what for.

    Attributes
    ----------
    answered : tuple of str
        The questions that it can answer.
    unanswered : mapping of str to tuple of str
        The questions that it cannot, and the columns that they lack.
    missing : tuple of (column, command, purpose)
        What to add, most missed first.
    text : str
        The improved format as TEXT, with its newline.
    json : mapping of str to str
        The improved format as a JSON dictionary, which escapes what clients send.
    """

    answered: tuple[str, ...]
    unanswered: Mapping[str, tuple[str, ...]]
    missing: tuple[tuple[str, str, str], ...]
    text: str
    json: Mapping[str, str]

    @property
    def mesh_config(self) -> str:
        """Istio: the mesh's own access log."""
        return _MESH_CONFIG.format(
            format=json.dumps(self.json, indent=2, ensure_ascii=False).replace("\n", "\n    ")
        )

    @property
    def telemetry(self) -> str:
        """Istio: a provider in the mesh configuration, and a Telemetry resource that uses it."""
        return _TELEMETRY.format(labels=json.dumps(self.json, ensure_ascii=False))

    @property
    def envoy_proxy(self) -> str:
        """Envoy Gateway: an EnvoyProxy resource."""
        return _ENVOY_PROXY.format(json=json.dumps(self.json, ensure_ascii=False))


def advise(plan: Plan, needs: Mapping[str, Sequence[str]]) -> Advice:
    """Advise on a format.

    Parameters
    ----------
    plan : Plan
        The compiled format.
    needs : mapping of str to sequence of str
        The columns that each question cannot do without; `a|b` means either.

    Returns
    -------
    Advice

    Examples
    --------
    >>> from envoylog.format.document import read_document
    >>> from envoylog.format.plan import make_plan
    >>> plan = make_plan(read_document("%START_TIME% %RESPONSE_CODE%"))
    >>> advise(plan, {"errors": ["authority"]}).unanswered
    {'errors': ('authority',)}
    """
    columns = {field.column for field in plan.fields}
    lacking = {
        question: tuple(need for need in wanted if not columns & set(need.split("|")))
        for question, wanted in needs.items()
    }
    missing = tuple(row for row in RECOMMENDED if row[0] not in columns)
    return Advice(
        answered=tuple(question for question, lacks in lacking.items() if not lacks),
        unanswered={question: lacks for question, lacks in lacking.items() if lacks},
        missing=missing,
        text=_text(plan, missing),
        json=_json(plan, missing),
    )


def _text(plan: Plan, missing: Sequence[tuple[str, str, str]]) -> str:
    added = [f'"{command}"' for _column, command, _purpose in missing]
    if plan.encoding is Encoding.TEXT:
        text = plan.document.text.rstrip("\n")
    else:
        text, *more = (f'"{field.command.text}"' for field in plan.fields)
        added = [*more, *added]
    return " ".join([text, *added]) + "\n"


def _json(plan: Plan, missing: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    if plan.encoding is Encoding.TEXT:
        better = {field.column: field.command.text for field in plan.fields}
    else:
        # Flat, as Envoy Gateway takes nothing else.
        better = {".".join(map(str, member.path)): _source(member) for member in plan.members}
        better |= {
            ".".join(map(str, path)): value.replace("%", "%%")
            for path, value in plan.document.literals
            if isinstance(value, str)
        }
    for column, command, _purpose in missing:
        # The key may stand for something else already.
        names = itertools.chain([column], (f"{column}_{count}" for count in itertools.count(2)))
        better[next(name for name in names if name not in better)] = command
    return better


def _source(member: PlanMember) -> str:
    return "".join(
        segment.text.replace("%", "%%") if isinstance(segment, Literal) else segment.command.text
        for segment in member.segments
    )


_MESH_CONFIG = """\
meshConfig:
  accessLogFile: /dev/stdout
  accessLogEncoding: JSON
  accessLogFormat: |
    {format}
"""
_TELEMETRY = """\
meshConfig:
  extensionProviders:
  - name: access-log
    envoyFileAccessLog:
      path: /dev/stdout
      logFormat:
        labels: {labels}
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata:
  name: access-log
  namespace: istio-system
spec:
  accessLogging:
  - providers:
    - name: access-log
"""
_ENVOY_PROXY = """\
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata:
  name: access-log
  namespace: envoy-gateway-system
spec:
  telemetry:
    accessLog:
      settings:
      - format:
          type: JSON
          json: {json}
        sinks:
        - type: File
          file:
            path: /dev/stdout
"""
