"""A run: scenes in their order, proofs after each, and cleaning up whatever happened."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.errors import PipelineError
from prove.clean_up import CleanUp
from prove.editions import Editions
from prove.errors import ProveError
from prove.ground import Ground
from prove.leftovers import Leftover
from prove.pace import Pace
from prove.proofs import PROOFS
from prove.report import Report
from prove.scenes import CLEANING, DEPLOY, LANES, PREPARE, Scene
from prove.state import State
from prove.story import Facts, MissingError, Story
from prove.verdict import Proof, Verdict, not_tried
from slipway.rehearsal.errors import RehearsalError
from slipway.release import ReleaseError

TIME_FOR_SCENES = timedelta(minutes=40)
"""What of the hour the scenes may have: the rest is for cleaning up."""

TROUBLE = (
    ProveError,
    PipelineError,
    RehearsalError,
    ReleaseError,
    ClientError,
    BotoCoreError,
    OSError,
)
"""What may go wrong without being a mistake of ours."""

PLAYED = "played"


class Run:
    """One run on a ground whose state is written down.

    Parameters
    ----------
    ground
        What is deployed.
    state
        What cleaning up needs.
    tell
        Told in a sentence what happens.
    stopped
        Set by somebody who wants the run to end: it then cleans up.
    abandoned
        Set by somebody who can't wait for the cleaning up either.
    time_for_scenes
        After it no scene goes on.
    """

    def __init__(
        self,
        ground: Ground,
        state: State,
        *,
        tell: Callable[[str], None],
        stopped: threading.Event,
        abandoned: threading.Event,
        time_for_scenes: timedelta = TIME_FOR_SCENES,
    ) -> None:
        self._place = ground.place
        self._story = Story(ground, tell)
        self._tell = tell
        self._stopped, self._abandoned = stopped, abandoned
        self._over = threading.Event()
        self._time_for_scenes = time_for_scenes
        self._clean_up = CleanUp(state, ground.place, project=ground.project, tell=tell)
        self._verdicts: dict[str, Verdict] = {}
        self._scenes: dict[str, str] = {}
        self._left: list[Leftover] = []
        self._cleaned = False

    def play(self) -> Report:
        """Play all scenes, clean up, and tell what it came to."""
        started_at, began = datetime.now(UTC), time.monotonic()
        self._until = began + self._time_for_scenes.total_seconds()
        stopped = False
        try:
            self._play_scenes()
        finally:
            stopped = self._stopped.is_set()
            self._clean()
        return Report(
            account=self._place.account,
            region=self._place.region,
            started_at=started_at,
            duration=timedelta(seconds=time.monotonic() - began),
            verdicts={
                name: self._verdicts.get(name)
                or not_tried(f"the run did not come to the scene {proof.after}")
                for name, proof in PROOFS.items()
            },
            scenes=self._scenes,
            left=self._left,
            cleaned=self._cleaned,
            stopped="somebody stopped it" if stopped else None,
        )

    def _play_scenes(self) -> None:
        facts = self._story.scenes[PREPARE.name] = Facts()
        self._editions = Editions(self._story, facts, self._pace("editions", timedelta(hours=1)))
        try:
            if self._play(PREPARE) and self._play(DEPLOY):
                with ThreadPoolExecutor(len(LANES), thread_name_prefix="lane") as lanes:
                    list(lanes.map(self._play_lane, LANES))
        finally:
            self._over.set()
            self._editions.join()

    def _play_lane(self, lane: tuple[Scene, ...]) -> None:
        for scene in lane:
            if not self._play(scene):
                return

    def _play(self, scene: Scene) -> bool:
        """Play a scene and settle its proofs; tell whether the next one may follow."""
        facts = self._story.scenes.setdefault(scene.name, Facts())
        self._tell(f"{scene.name}: {scene.does}")
        try:
            pace = self._pace(scene.name, scene.limit)
            pace.look()
            if scene is PREPARE:
                self._editions.start()
                self._editions.deploy_network()
            self._editions.wait_for(scene.edition, pace)
            scene.play(self._story, facts, pace)
        except Exception as error:
            facts.error = self._trouble(error)
            self._tell(f"{scene.name} ended early: {facts.error}")
        self._scenes[scene.name] = facts.error or PLAYED
        self._settle(scene.name)
        return facts.error is None

    def _settle(self, scene: str) -> None:
        """Let every proof look that was waiting for a scene."""
        for proof in PROOFS.values():
            if proof.after == scene:
                found = self._verdicts[proof.name] = _verdict(proof, self._story)
                rows = ", ".join(map(str, proof.rows))
                self._tell(f"{proof.name} ({rows}): {found.outcome}: {found.evidence}")

    def _clean(self) -> None:
        facts = self._story.scenes[CLEANING.name] = Facts()
        self._tell(f"{CLEANING.name}: {CLEANING.does}")
        pace = Pace(
            "cleaning up",
            limit=CLEANING.limit,
            interval=self._place.interval,
            stopped=(self._abandoned,),
        )
        try:
            self._clean_up.delete_stacks(pace)
            facts.notes["in one go"] = self._clean_up.in_one_go
            facts.notes["seconds"] = self._clean_up.seconds
            facts.notes["buckets"] = self._clean_up.buckets()
        except Exception as error:
            facts.error = self._trouble(error)
            self._tell(f"cleaning up ended early: {facts.error}")
        self._settle(CLEANING.name)
        self._scenes[CLEANING.name] = facts.error or PLAYED
        if facts.error is None:
            self._left = self._clean_up.delete_leftovers()
            self._cleaned = True

    def _trouble(self, error: Exception) -> str:
        """Say in a line what went wrong; a mistake of ours must cost neither report nor cleaning.

        AWS may answer what nobody expected: then the traceback is in a file.
        """
        if isinstance(error, TROUBLE):
            return _line(error)
        log = self._story.ground.directory / "mistakes.log"
        with log.open("a", encoding="utf-8") as file:
            traceback.print_exception(error, file=file)
        return f"a mistake of the script, {type(error).__name__}: {_line(error)}: see {log}"

    def _pace(self, what: str, limit: timedelta) -> Pace:
        return Pace(
            what,
            limit=limit,
            interval=self._place.interval,
            stopped=(self._stopped, self._over),
            until=self._until,
        )


def _verdict(proof: Proof, story: Story) -> Verdict:
    for need in proof.needs:
        if need in story.place.lacks:
            return not_tried(story.place.lacks[need])
    try:
        return proof.settle(story)
    except MissingError as error:
        return not_tried(_line(error))
    except Exception as error:
        # A proof that breaks must not keep anything from being cleaned up.
        return not_tried(f"the proof could not look: {type(error).__name__}: {_line(error)}")


def _line(error: Exception) -> str:
    return " ".join(str(error).split("\n", 1)[0].split()) or type(error).__name__
