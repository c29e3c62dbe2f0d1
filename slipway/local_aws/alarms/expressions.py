"""Metric math, as far as alarms commonly use it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence

Series = list[float | None]

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_AGGREGATES: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
}


class UnsupportedExpressionError(ValueError):
    """The expression uses something that this AWS doesn't know."""


def evaluate(expression: str, metrics: Mapping[str, Series], length: int) -> Series:
    """Compute an expression over series of equal length, period by period.

    Known are ``+ - * /``, numbers, the metrics' ids, ``FILL(series, number)``, and ``SUM``,
    ``MAX``, ``MIN`` and ``AVG`` over a list or ``METRICS()``. A period without a value on either
    side of an operator has none in the result; aggregates pass over missing values.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError as error:
        raise UnsupportedExpressionError(f"not understood: {expression}") from error
    return _Evaluation(metrics, length).value(tree)


class _Evaluation:
    def __init__(self, metrics: Mapping[str, Series], length: int) -> None:
        self._metrics = metrics
        self._length = length

    def value(self, node: ast.expr) -> Series:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return [float(node.value)] * self._length
        if isinstance(node, ast.Name) and node.id in self._metrics:
            return self._metrics[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return [None if value is None else -value for value in self.value(node.operand)]
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return self._combine(node.op, self.value(node.left), self.value(node.right))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._call(node.func.id, node.args)
        raise UnsupportedExpressionError(f"not supported here: {ast.unparse(node)}")

    def _combine(self, kind: ast.operator, left: Series, right: Series) -> Series:
        combine = _OPERATORS[type(kind)]
        result: Series = []
        for one, other in zip(left, right, strict=True):
            divides_by_zero = isinstance(kind, ast.Div) and other == 0
            missing = one is None or other is None or divides_by_zero
            result.append(None if missing else combine(one, other))  # type: ignore[arg-type]
        return result

    def _call(self, name: str, arguments: Sequence[ast.expr]) -> Series:
        if name == "FILL" and len(arguments) == 2:
            series, filling = self.value(arguments[0]), self.value(arguments[1])
            return [
                other if value is None else value
                for value, other in zip(series, filling, strict=True)
            ]
        if name in _AGGREGATES and len(arguments) == 1:
            rows = zip(*self._several(arguments[0]), strict=True)
            present = ([value for value in row if value is not None] for row in rows)
            return [_AGGREGATES[name](values) if values else None for values in present]
        raise UnsupportedExpressionError(f"function not supported here: {name}")

    def _several(self, node: ast.expr) -> list[Series]:
        if isinstance(node, ast.List):
            return [self.value(element) for element in node.elts]
        if isinstance(node, ast.Call) and ast.unparse(node) == "METRICS()":
            return list(self._metrics.values())
        return [self.value(node)]
