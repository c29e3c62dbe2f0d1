"""Try on AWS what docs/proof/unproven.md assumes, and clean up: ``python -m prove``."""

import argparse
import shutil
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from prove import plan
from prove.assumptions import PAGE, record
from prove.aws import (
    choose_zones,
    open_account,
    refuse_valued_account,
    refuse_without_bootstrap,
    refuse_without_service_role,
)
from prove.clean_up import CleanUp
from prove.errors import ProveError
from prove.ground import PREFIX, Ground
from prove.pace import Pace
from prove.place import Place
from prove.report import Report
from prove.run import TROUBLE, Run
from prove.scenes import CLEANING
from prove.state import RESUME, State, trunking
from slipway.leash import stop_when_orphaned
from slipway.rehearsal.narration import Narration
from slipway.settings import SettingsError, load

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "prove"
STATE = FOLDER / "state.json"
REPORT = FOLDER / "report.json"

WRONG_SETTINGS = 2
STOPPED = 130


class Signals:
    """What somebody outside wants: to stop, and then not to wait for the cleaning up."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.abandoned = threading.Event()

    def listen(self) -> None:
        """Take the signals from now on."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._receive)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if not self.stopped.is_set():
            print("\nStopping, and then cleaning up: that takes a while.", file=sys.stderr)
            self.stopped.set()
        elif number == signal.SIGINT:
            # Only a person is impatient: who stops a service sends one signal to all of it.
            print(f"\nLeaving things as they are. Go on with: {RESUME}", file=sys.stderr)
            self.abandoned.set()


def main(arguments: list[str] | None = None) -> int:
    """Run, or clean up after a run that was killed.

    Returns
    -------
    int
        0 if everything that was tried holds and nothing is left; 1 if not; 2 for wrong settings;
        130 if somebody stopped it.
    """
    parser = argparse.ArgumentParser(prog="python -m prove", description=__doc__)
    parser.add_argument("--account", help="the account's id, for who can't be asked; with --yes")
    parser.add_argument("--yes", action="store_true", help="begin without asking")
    parser.add_argument("--clean-up", action="store_true", help="only clean up after a killed run")
    parser.add_argument("--record", action="store_true", help="write into docs/proof/unproven.md")
    parser.add_argument("--stop-with-parent", type=int, metavar="PID")
    options = parser.parse_args(arguments)
    signals = Signals()
    signals.listen()
    if options.stop_with_parent is not None:
        stop_when_orphaned(options.stop_with_parent)
    try:
        if options.clean_up:
            return _clean_up(signals)
        return _prove(signals, options)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return WRONG_SETTINGS
    except TROUBLE as error:
        print(f"prove-aws: {error}", file=sys.stderr)
        return STOPPED if signals.stopped.is_set() else 1


def _prove(signals: Signals, options: argparse.Namespace) -> int:
    environments = load(ROOT).environments.values()
    FOLDER.mkdir(parents=True, exist_ok=True)
    place = open_account(FOLDER / "containers.log")
    refuse_valued_account(place, environments)
    refuse_without_bootstrap(place)
    refuse_without_service_role(place)
    if State.read(STATE) is not None:
        raise ProveError(f"An earlier run is not cleaned up yet: {RESUME}")
    print("Reading what it would make; nothing is made yet.", flush=True)
    ground = _ground(place)
    templates = ground.templates(0)
    print("\n" + "\n".join(plan.lines(place, list(templates))) + "\n", flush=True)
    if not agreed(place.account, given=options.account, yes=options.yes):
        print("Nothing was made.")
        return 1
    state = State(
        account=place.account,
        region=place.region,
        prefix=PREFIX,
        stacks=ground.stack_names,
        directory=str(ground.directory),
        trunking=trunking(place.client),
    )
    state.write(STATE)
    narration = Narration(phase_name="")
    run = Run(
        ground,
        state,
        tell=narration.tell,
        stopped=signals.stopped,
        abandoned=signals.abandoned,
    )
    report = run.play()
    if report.cleaned:
        STATE.unlink()
    return _tell(report, write_page=options.record)


def _ground(place: Place) -> Ground:
    """Make the copy of the project, in zones that offer every endpoint of its templates."""
    ground = Ground(ROOT, FOLDER / "run", place, zones=choose_zones(place))
    ground.lock()
    ground.synthesise(0)
    zones = choose_zones(place, plan.endpoint_services(ground.templates(0)))
    if zones != ground.zones:
        ground = Ground(ROOT, FOLDER / "run", place, zones=zones)
        ground.lock()
        ground.synthesise(0)
    return ground


def agreed(account: str, *, given: str | None, yes: bool) -> bool:
    """Tell whether somebody who knows the account wants this.

    Raises
    ------
    ProveError
        Nobody can be asked, or the account is another one than was meant.
    """
    if given is not None and given != account:
        raise ProveError(f"The credentials are of account {account}, not {given}: choose others")
    if given is not None and yes:
        return True
    if not sys.stdin.isatty():
        raise ProveError(
            f"Nobody is here to agree: add --account {account} --yes if you do "
            f"(make prove-aws ARGS='--account {account} --yes')"
        )
    return input("Type the account's id to begin: ").strip() == account


def _tell(report: Report, *, write_page: bool) -> int:
    report.write(REPORT)
    print("\n" + "\n".join(report.lines()))
    if report.left:
        print("\nWhat is left, and how to remove it:")
        for each in report.left:
            print(f"  {each.what}\n    {each.command}")
    if not report.cleaned:
        print(f"\nNot everything is deleted, and it costs money. Go on with: {RESUME}")
    if seen := report.tried():
        print("\nFor the last column of docs/proof/unproven.md:")
        for row, text in seen.items():
            print(f"  {row}: {text}")
        if write_page:
            PAGE.write_text(record(PAGE.read_text(encoding="utf-8"), seen), encoding="utf-8")
            print("It is written there.")
    print(f"\nThe report is {REPORT.relative_to(ROOT)}; docs/proof/prove.md explains it.")
    if report.stopped:
        return STOPPED
    return 0 if report.passed else 1


def _clean_up(signals: Signals) -> int:
    state = State.read(STATE)
    if state is None:
        print(
            "There is nothing to clean up. To be sure, look at what has the tags:\n"
            "  aws resourcegroupstaggingapi get-resources --tag-filters "
            "Key=slipway:environment,Values=prove"
        )
        return 0
    place = open_account(FOLDER / "containers.log")
    if (place.account, place.region) != (state.account, state.region):
        raise ProveError(
            f"The run that is to be cleaned up was in {state.account}, {state.region}; these "
            f"credentials are of {place.account}, {place.region}: choose others"
        )
    tell = Narration(phase_name="").tell
    clean_up = CleanUp(state, place, project=ROOT, tell=tell)
    pace = Pace(
        "cleaning up",
        limit=CLEANING.limit,
        interval=place.interval,
        stopped=(signals.stopped,),
    )
    clean_up.delete_stacks(pace)
    left = clean_up.delete_leftovers()
    for each in left:
        print(f"  {each.what}\n    {each.command}")
    STATE.unlink()
    shutil.rmtree(state.directory, ignore_errors=True)
    print("Everything is deleted." if not left else "What is left, and how to remove it: above.")
    return 0 if all(each.expected for each in left) else 1


if __name__ == "__main__":
    sys.exit(main())
