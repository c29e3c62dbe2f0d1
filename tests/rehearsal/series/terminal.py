"""The terminal in which somebody keeps a rehearsal."""

import os
import subprocess
import sys

from waiting import PATIENCE_SECONDS, eventually


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
        def is_told():
            assert self.process.poll() is None, self.log.read_text()
            return words in " ".join(self.log.read_text().split())

        # Everything is built and deployed before the first words.
        eventually(is_told, self.log.read_text, 3 * PATIENCE_SECONDS)
