"""The fault matrix: real releases with something wrong, side by side, on as many lanes as fit.

`fault` says what an entry of the `table` is, `provoke` and `surroundings` what can go wrong,
`lane` and `scene` where it happens, `mending` what happens in between; `judgement` and `requests`
compare what was seen with what was expected, and `report` tells it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from faults import hooks, lanes, provoke
from faults.fault import Fault
from faults.lane import Lane, LaneError
from faults.mending import mend
from faults.scene import Seen, play
from faults.versions import Images
from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.rehearsal.kept import keeper, of_this_process


class Matrix:
    """Carries faults out; each one's end can be asked for.

    Parameters
    ----------
    faults
        Those that somebody will ask for.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = sorted(faults, key=lambda fault: -fault.seconds)
        self._stack = ExitStack()
        self._free: queue.SimpleQueue[Lane | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._futures: dict[str, Future[Seen]] = {}

    def __enter__(self) -> Self:
        count = lanes.lane_count(len(self._faults))
        with ExitStack() as stack:
            environment = stack.enter_context(
                RehearsedEnvironment(
                    lanes.PROJECT,
                    time_scale=lanes.TIME_SCALE,
                    patience=lanes.PATIENCE,
                    prepare=lambda workspace: lanes.prepare(workspace, count),
                )
            )
            environment.come_up()
            workspace, cloud = environment.workspace.directory, environment.cloud
            # So that the command line finds it.
            stack.enter_context(keeper(workspace)).publish(
                of_this_process(cloud.connection, workspace, cloud.certificate_authority)
            )
            names, self._lanes = lanes.NAMES[:count], count
            images = Images(environment, names)
            for name in names:
                self._free.put(Lane(environment, name, images))
            provoke.make_configurations(environment.cloud.client("codedeploy"))
            target = environment.target(names[0])
            hooks.make_functions(
                environment.cloud.client("lambda"), like=target.hooks["BeforeInstall"]
            )
            self._environment = environment
            workers = ThreadPoolExecutor(count, thread_name_prefix="lane")
            stack.callback(workers.shutdown, cancel_futures=True)
            for number, fault in enumerate(self._faults):
                self._futures[fault.name] = workers.submit(self._play, number, fault)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    def end_of(self, fault: Fault) -> Seen:
        """Wait until a fault has been carried out, and say how it ended."""
        return self._futures[fault.name].result()

    def keep_logs(self) -> None:
        """Keep the logs and the answers to all requests: something is to be looked into."""
        self._environment.keep_logs = True

    def _play(self, number: int, fault: Fault) -> Seen:
        lane = self._free.get()
        if lane is None:
            self._free.put(None)
            raise LaneError(f"{fault.name}: no lane is left: see what the faults before it say")
        try:
            mend(lane)
        except BaseException:
            # It would not get better: the others carry on, or nobody does.
            self.keep_logs()
            with self._lock:
                self._lanes -= 1
                if not self._lanes:
                    self._free.put(None)
            raise
        try:
            file = self._environment.folders.run / f"requests-{number}.jsonl"
            return play(lane, fault.name, fault.provoke, fault.end.loses, file)
        except BaseException:
            self.keep_logs()
            raise
        finally:
            self._free.put(lane)
