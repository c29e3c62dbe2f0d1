"""A rehearsal that is kept, as a person uses it: two terminals, an editor, Ctrl-C."""

import json
import signal
import urllib.request

import pytest

from slipway.rehearsal.kept import find
from waiting import PATIENCE_SECONDS

SETTINGS = "services/storefront/service.yaml"
VERSION = "services/storefront/storefront/__init__.py"


def test_a_change_is_released_to_what_is_kept_and_ctrl_c_ends_it(checkout, terminal, slipway):
    terminal.wait_for("storefront: clients get version 1")
    status = json.loads(slipway("status", "storefront", "-e", "local", "--json").stdout)
    assert status["live"]["running"] == 2
    kept = find(checkout)
    assert kept.pid == terminal.process.pid

    settings, version = checkout / SETTINGS, checkout / VERSION
    right = settings.read_text()
    settings.write_text(right.replace("cpu: 256", "cpu: many"))
    terminal.press_enter()
    terminal.wait_for("Not deployed")
    settings.write_text(right)
    version.write_text(version.read_text().replace('"1"', '"2"'))
    terminal.press_enter()
    terminal.wait_for("storefront has a new revision")
    released = slipway("release", "storefront", "-e", "local")
    assert released.returncode == 0, released.stderr
    terminal.wait_for("storefront: clients get version 2")
    assert "requests failed" not in terminal.log.read_text()

    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(PATIENCE_SECONDS) == 0
    assert "Stopped by SIGINT in phase kept; nothing is left running." in terminal.log.read_text()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(kept.endpoint, timeout=PATIENCE_SECONDS)
    told = slipway("status", "storefront", "-e", "local")
    assert told.stderr == "No rehearsal is kept: run make rehearse-keep in another terminal\n"
