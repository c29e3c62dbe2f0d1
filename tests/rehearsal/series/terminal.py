"""The terminal in which somebody keeps a rehearsal."""

import os
import subprocess
import sys
import time

PATIENCE = 180


class Terminal:
    """The terminal that keeps it."""

    def __init__(self, checkout, log):
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "slipway", "rehearse", "--keep"],
                cwd=checkout,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def press_enter(self):
        os.write(self.process.stdin.fileno(), b"\n")

    def wait_for(self, words):
        deadline = time.monotonic() + PATIENCE
        while words not in " ".join(self.log.read_text().split()):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
