"""The strategies are checked against the models: no setting is forgotten."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.keys import keys_of, mapping, used_keys

from slipway.settings.deployment import Alarms
from slipway.settings.scaling import Scaling


class MoreScaling(Scaling):
    """A model after somebody added a setting."""

    memory_percent: int = 60


@settings(max_examples=1, database=None)
@given(st.data())
def test_a_setting_that_nothing_draws_is_refused(data: Any) -> None:
    number = st.just(1)
    known = {"min": number, "max": number, "cpu_percent": number, "headroom_percent": number}
    assert mapping(data.draw, Scaling, fully=True, **known).keys() == known.keys()
    with pytest.raises(AssertionError, match="memory_percent"):
        mapping(data.draw, MoreScaling, **known)


def test_the_keys_of_a_model_are_those_of_the_models_in_it() -> None:
    latency = {"percentile": 99, "threshold": "1s"}
    everything = {"server_errors", "latency", "latency.percentile", "latency.threshold"}
    assert keys_of(Alarms) == everything
    assert set(used_keys(Alarms, {"latency": latency})) == everything - {"server_errors"}
