"""A right argument for every operator that may have one."""

from envoylog.spec.operators import OPERATORS, Operator
from envoylog.spec.values import Argument, ValueType

#: Names that Envoy only knows where a `formatters:` entry adds them.
EXTENSIONS = ("FILE_CONTENT", "REQ_WITHOUT_QUERY", "SECRET")

BUILT_IN = [row for row in OPERATORS.values() if row.name not in EXTENSIONS]

_ARGUMENTS = {
    "CEL": 'request.headers["x-y"]',
    "COALESCE": '{"operators":["PROTOCOL"]}',
    "COMMON_DURATION": "DS_RX_BEG:DS_TX_END",
    "GRPC_STATUS": "NUMBER",
    "METADATA": "ROUTE:ns:key",
    "PATH": "NQ:ORIG",
    "QUERY_PARAMS": "ORIG",
    "REQUESTED_SERVER_NAME": "SNI_FIRST",
    "TYPED_CEL": "1 + 1",
    "XFCC_VALUE": "uri",
}


def right_argument(operator: Operator) -> str:
    if operator.type is ValueType.TIMESTAMP:
        return "%Y-%m-%d"
    return _ARGUMENTS.get(operator.name, "x-y")


def right_command(operator: Operator) -> str:
    if operator.argument is Argument.REQUIRED:
        return f"%{operator.name}({right_argument(operator)})%"
    return f"%{operator.name}%"
