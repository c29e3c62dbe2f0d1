"""Metric alarms that evaluate by themselves, as CloudWatch's do, in this machine's time.

A period takes what the clock makes of it, but at least a second. Composite alarms follow their
children (MiniStack does that), and are kept back by their suppressors (`suppression` does that);
metric math knows what `expressions` says.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from datetime import timedelta
from typing import Any

from slipway.local_aws.alarms.evaluation import Rule, evaluate, next_evaluation
from slipway.local_aws.alarms.expressions import Series
from slipway.local_aws.alarms.expressions import evaluate as compute
from slipway.local_aws.alarms.suppression import EXTENSION, SUPPRESSOR, WAIT, Suppression, check
from slipway.local_aws.clock import Clock
from slipway.local_aws.event_loop import in_account
from slipway.local_aws.machine import Machine

logger = logging.getLogger(__name__)

Record = dict[str, Any]

_SHORTEST_PERIOD_SECONDS = 1.0
_LOOK_EVERY_SECONDS = 0.25


def install(machine: Machine) -> None:
    """Replace MiniStack's own evaluation, which knows neither dimensions nor missing data."""
    from ministack.services import cloudwatch

    cloudwatch._evaluate_alarm = lambda alarm: None
    _accept_metric_math()
    suppression = Suppression(
        dispatch=cloudwatch._dispatch_alarm_actions,
        state_of=state_of,
        wall=lambda seconds: machine.clock.wall(timedelta(seconds=seconds)),
    )
    _accept_suppressors(suppression)
    evaluator = _Evaluator(machine.clock, suppression)
    threading.Thread(target=evaluator.run, name="alarms", daemon=True).start()


def state_of(name_or_arn: str) -> str | None:
    """Return the state of an alarm of the account and region at hand; None where there is none."""
    from ministack.services import cloudwatch

    name = name_or_arn.rpartition(":")[2]
    alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
    return str(alarm["StateValue"]) if alarm else None


class _Evaluator:
    """Evaluates each alarm for each of its periods, as soon as the period is over."""

    def __init__(self, clock: Clock, suppression: Suppression) -> None:
        self._clock = clock
        self._suppression = suppression
        self._evaluated_until: dict[str, float] = {}

    def run(self) -> None:
        from ministack.services import cloudwatch

        while True:
            time.sleep(_LOOK_EVERY_SECONDS)
            for (account, region, _), alarm in cloudwatch._alarms.all_items():
                arn, period = alarm["AlarmArn"], self._period_seconds(alarm)
                # One for each look: a state that nobody could see would stop no release.
                end = next_evaluation(period, time.time(), self._evaluated_until.get(arn))
                if end is not None:
                    self._evaluated_until[arn] = end
                    in_account(
                        account,
                        region,
                        lambda alarm=alarm, end=end: self._evaluate(alarm, end),  # type: ignore[misc]
                    )
            for (account, region, _), alarm in cloudwatch._composite_alarms.all_items():
                in_account(account, region, lambda alarm=alarm: self._suppression.look(alarm))  # type: ignore[misc]

    def _evaluate(self, alarm: Record, end: float) -> None:
        from ministack.services import cloudwatch

        if cloudwatch._alarms.get(alarm["AlarmName"]) is not alarm:
            return
        try:
            rule = Rule.of(alarm)
            values = self._values(alarm, rule.evaluation_periods, end)
            state, reason = evaluate(rule, values, alarm["StateValue"])
        except (KeyError, ValueError) as error:
            logger.warning("alarm %s can't be evaluated: %s", alarm["AlarmName"], error)
            return
        before = alarm["StateValue"]
        if state == before:
            return
        alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
        cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
        cloudwatch._evaluate_parent_alarms(alarm)

    def _period_seconds(self, alarm: Record) -> float:
        periods = [query["MetricStat"]["Period"] for query in _metric_queries(alarm)]
        period = timedelta(seconds=int(periods[0] if periods else alarm.get("Period") or 60))
        return max(self._clock.wall(period), _SHORTEST_PERIOD_SECONDS)

    def _values(self, alarm: Record, count: int, end: float) -> Series:
        period = self._period_seconds(alarm)
        edges = [end - period * number for number in range(count, -1, -1)]
        queries = alarm.get("Metrics")
        if not queries:
            statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
            return _series(alarm, statistic, edges)
        known = {
            query["Id"]: _series(query["MetricStat"]["Metric"], query["MetricStat"]["Stat"], edges)
            for query in _metric_queries(alarm)
        }
        expressions = [query for query in queries if query.get("Expression")]
        for query in expressions:
            known[query["Id"]] = compute(query["Expression"], known, count)
        returned = [query for query in queries if query.get("ReturnData", True)]
        return known[returned[-1]["Id"]]


def _metric_queries(alarm: Record) -> list[Record]:
    return [query for query in alarm.get("Metrics") or [] if query.get("MetricStat")]


def _series(metric: Record, statistic: str, edges: list[float]) -> Series:
    """Return a metric's statistic between each pair of edges."""
    from ministack.services import cloudwatch

    dimensions = cloudwatch._dims_from_list(metric.get("Dimensions") or [])
    key = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))
    points = [
        point
        for point in cloudwatch._metrics.get(key) or []
        if edges[0] <= point["Timestamp"] < edges[-1]
    ]
    series: Series = []
    for start, end in itertools.pairwise(edges):
        inside = [point for point in points if start <= point["Timestamp"] < end]
        value = (
            cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside)
            if inside
            else None
        )
        series.append(value)
    return series


def _accept_metric_math() -> None:
    """Keep an alarm's ``Metrics``, which the API drops and CloudFormation refuses."""
    from ministack.services import cloudwatch
    from ministack.services.cloudformation import provisioners

    record_of = provisioners._cw_metric_alarm_record
    put = cloudwatch._put_metric_alarm

    def alarm_record(name: str, properties: Record) -> Record:
        queries = properties.get("Metrics")
        if not queries:
            record: Record = record_of(name, properties)
            return record
        stand_in = {"Metrics": None, "MetricName": "-", "Namespace": "-"}
        return _with_queries(record_of(name, {**properties, **stand_in}), queries)

    def put_metric_alarm(params: Record, data: Record, *protocol: bool) -> Any:
        response = put(params, data, *protocol)
        if response[0] < 300 and data.get("Metrics"):
            _with_queries(cloudwatch._alarms[data["AlarmName"]], data["Metrics"])
        return response

    provisioners._cw_metric_alarm_record = alarm_record
    cloudwatch._put_metric_alarm = put_metric_alarm


def _accept_suppressors(suppression: Suppression) -> None:
    """Keep the suppressor of a composite alarm, which the API drops, and have it suppress."""
    from ministack.services import cloudwatch

    put = cloudwatch._put_composite_alarm
    being_put: dict[str, Record] = {}

    def transition(alarm: Record, old: str, new: str, reason: str) -> None:
        # An alarm has a state as soon as it is made, and its suppressor has to be known by then.
        alarm.update(being_put.get(alarm["AlarmName"], {}))
        suppression.transition(alarm, old, new, reason)

    def put_composite_alarm(params: Record, data: Record, *protocol: bool) -> Any:
        try:
            check(data or {}, state_of)
        except ValueError as error:
            return cloudwatch._error("ValidationError", str(error), 400, **_answered_in(*protocol))
        given = data or {}
        name = str(given.get("AlarmName", ""))
        kept = {each: given[each] for each in (SUPPRESSOR, WAIT, EXTENSION) if each in given}
        being_put[name] = kept
        try:
            response = put(params, data, *protocol)
        finally:
            del being_put[name]
        if response[0] < 300:
            cloudwatch._composite_alarms[name].update(kept)
        return response

    cloudwatch._dispatch_alarm_actions = transition
    cloudwatch._put_composite_alarm = put_composite_alarm


def _answered_in(cbor: bool = False, json: bool = False) -> dict[str, bool]:
    return {"use_cbor": cbor, "use_json": json}


def _with_queries(alarm: Record, queries: list[Record]) -> Record:
    for name in (
        "MetricName",
        "Namespace",
        "Statistic",
        "ExtendedStatistic",
        "Period",
        "Dimensions",
    ):
        alarm.pop(name, None)
    alarm["Metrics"] = [
        {**query, "ReturnData": str(query.get("ReturnData", True)).lower() == "true"}
        for query in queries
    ]
    return alarm
