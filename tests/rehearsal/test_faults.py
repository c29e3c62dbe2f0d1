"""The fault matrix: what goes wrong, and how it must end.

Each entry is released for real on a local AWS, under traffic. The entries are in
``faults/table.py`` beside this file, docs/concepts/faults.md explains them. One of them:
``pytest tests/rehearsal/test_faults.py -k secret``. The quick half: ``-m quick``.
"""

import pytest

from faults import lanes
from faults.judgement import discrepancies
from faults.matrix import Matrix
from faults.report import Report, Summary
from faults.table import FAULTS


@pytest.fixture(scope="session")
def report(request):
    made = Report(lanes.PROJECT / "build" / "rehearsal" / "faults.json")
    request.config.pluginmanager.register(Summary(made))
    return made


@pytest.fixture(scope="session")
def matrix(request):
    selected = [
        item.callspec.params["fault"]
        for item in request.session.items
        if "fault" in getattr(getattr(item, "callspec", None), "params", {})
    ]
    with Matrix(selected) as running:
        yield running


def _named(fault):
    return pytest.param(fault, id=fault.name, marks=[pytest.mark.quick] * fault.quick)


@pytest.mark.parametrize("fault", [_named(fault) for fault in FAULTS])
def test_fault_ends_as_documented_and_costs_no_more_than_its_share(fault, matrix, report):
    seen = matrix.end_of(fault)
    found = discrepancies(fault.end, seen)
    report.add(fault, seen, found)
    if found:
        matrix.keep_logs()
    assert not found, "\n".join(found)
