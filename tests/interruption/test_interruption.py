"""A rehearsal that is stopped anywhere leaves nothing behind, and the next one works.

Each case is a real ``make rehearse``, ``make rehearse-keep`` or ``make rehearse-pipeline``, in its
own session, as many at a time as there are processors, while somebody else holds the ports that the
settings ask for. A later case begins after earlier ones were stopped, so that it gets as far as it
does is the proof that they spoilt nothing.
"""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PHASES = ("set-up", "bootstrap", "deploy", "serving", "shift", "teardown")
# What is kept stays in this phase, which no other rehearsal has.
KEPT = "kept"
# Of the pipeline's rehearsal: what it says then, and in which phase that is.
OF_THE_PIPELINE = {
    "bootstrap of the accounts": ("  bootstrap ", "bootstrap"),
    "a build": ("Build: Images-", "first run"),
    "an approval": ("Prod: Prod-Approve", "first run"),
    "a release": ("Staging-storefront: Release-staging", "release"),
}
# The first two go to the whole process group, as from a terminal; SIGKILL hits one process only.
WAYS = ("SIGINT", "SIGTERM", "SIGKILL of make", "SIGKILL of the rehearsal")
TIME_TO_BE_GONE = 10
TIME_TO_REACH_MOMENT = 900
TIME_TO_TAKE_PORT = 60
TAKEN_PORTS = (8080, 9000, 4566)


@dataclass(frozen=True)
class Process:
    """A process, told from a later one with the same id by its start time."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return cls(pid, fields[19])

    @property
    def alive(self):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
            return fields[19] == self.started and fields[0] != "Z"
        return False


@dataclass(frozen=True)
class Interruption:
    """How one case ended."""

    output: str
    reached: bool
    started: int
    left_running: tuple[str, ...]
    left_listening: tuple[str, ...]


def family_of(root):
    """The process and everything below it."""
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            found.append(Process.of(pid))
        waiting.extend(children.get(pid, []))
    return found


def listening_sockets():
    """Inode and address of each listening socket."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[9]: row[1] for row in rows if row[3] == "0A"}


def sockets_of(processes):
    inodes = set()
    for process in processes:
        with contextlib.suppress(OSError):
            for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    link = str(descriptor.readlink())
                    inodes.add(link.removeprefix("socket:[").removesuffix("]"))
    return {inode: address for inode, address in listening_sockets().items() if inode in inodes}


def described(process):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process.pid}/cmdline").read_text().replace("\0", " ")
    return str(process.pid)


def moment(name):
    """The target of make, what it says at that moment, and the phase that it is in then."""
    if name in OF_THE_PIPELINE:
        return "rehearse-pipeline", *OF_THE_PIPELINE[name]
    return "rehearse-keep" if name == KEPT else "rehearse", f"  {name} ", name


def interrupt(name, way, log):
    target, marker, _ = moment(name)
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    with log.open("wb") as output:
        make = subprocess.Popen(
            ["make", target, "QUICK=1"],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + TIME_TO_REACH_MOMENT
    while marker not in log.read_text() and make.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    reached = marker in log.read_text()
    # A little later, so that it is under way and not just announced.
    time.sleep(0.7)
    family = family_of(make.pid)
    sockets = sockets_of(family)
    if way == "SIGKILL of make":
        make.kill()
    elif way == "SIGKILL of the rehearsal":
        rehearsal = next(each for each in family if "slipway rehearse" in described(each))
        os.kill(rehearsal.pid, signal.SIGKILL)
    else:
        os.killpg(make.pid, signal.Signals[way])
    deadline = time.monotonic() + TIME_TO_BE_GONE
    while any(each.alive for each in family) and time.monotonic() < deadline:
        make.poll()
        time.sleep(0.05)
    left = [each for each in family if each.alive]
    result = Interruption(
        output=log.read_text(),
        reached=reached,
        started=len(family),
        left_running=tuple(described(each) for each in left),
        left_listening=tuple(sockets[inode] for inode in sockets if inode in listening_sockets()),
    )
    for each in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGKILL)
    make.wait()
    return result


# One checkout keeps one rehearsal at a time.
CASES = [
    *((phase, way) for phase in PHASES for way in WAYS),
    (KEPT, "SIGKILL of the rehearsal"),
    # It takes minutes to get there: each moment in one way.
    *zip(OF_THE_PIPELINE, WAYS, strict=True),
]
# Every phase is in it, and every way.
QUICK = list(zip(PHASES, itertools.cycle(WAYS), strict=False))
QUICK.append((KEPT, "SIGKILL of the rehearsal"))


def take(port):
    """Hold a port on every address of this machine, once whoever has it lets go."""
    deadline = time.monotonic() + TIME_TO_TAKE_PORT
    while True:
        taken = socket.socket()
        try:
            taken.bind(("0.0.0.0", port))  # noqa: S104 - it blocks the port on every address
        except OSError:
            taken.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            taken.listen()
            return taken


@pytest.fixture(scope="module")
def interruptions(request, tmp_path_factory):
    """The selected cases, as many at a time as there are processors, shortest first."""
    logs = tmp_path_factory.mktemp("interruptions")
    selected = [getattr(item, "callspec", None) for item in request.session.items]
    cases = [
        (of.params["name"], of.params["way"]) for of in selected if of and "way" in of.params
    ] or [("serving", "SIGINT")]
    with contextlib.ExitStack() as stack:
        for port in TAKEN_PORTS:
            stack.enter_context(take(port))
        pool = stack.enter_context(ThreadPoolExecutor(max(2, len(os.sched_getaffinity(0)))))
        running = {
            (name, way): pool.submit(interrupt, name, way, logs / f"{name} {way}.log")
            for name, way in cases
        }
        return {case: future.result() for case, future in running.items()}


@pytest.mark.parametrize(
    ("name", "way"),
    [pytest.param(*case, marks=[pytest.mark.quick] * (case in QUICK)) for case in CASES],
)
def test_nothing_is_left_of_a_rehearsal_that_was_stopped(interruptions, name, way):
    result = interruptions[name, way]
    assert result.reached, result.output
    assert result.started > 1, "there was nothing to stop"
    assert not result.left_running, result.output
    assert not result.left_listening, result.output
    if not way.startswith("SIGKILL"):
        assert (
            f"Stopped by {way} in phase {moment(name)[2]}; nothing is left running."
            in result.output
        )


@pytest.mark.quick
def test_taken_ports_are_avoided(interruptions):
    outputs = [result.output for result in interruptions.values()]
    assert any("port 8080 can't be had" in output for output in outputs)
    assert any(" serves storefront; " in output for output in outputs)
