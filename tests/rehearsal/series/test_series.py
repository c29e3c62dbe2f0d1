"""Many requests over one release, and many releases in a row."""

import time
from dataclasses import dataclass
from pathlib import Path

from slipway.rehearsal.releases import happens, wait_until
from slipway.rehearsal.traffic import INTERVAL

RELEASES = 10


@dataclass(frozen=True)
class Census:
    """What the local AWS holds on to."""

    threads: int
    descriptors: int
    children: int

    @classmethod
    def of(cls, pid):
        process = Path("/proc") / str(pid)
        return cls(
            threads=len(list((process / "task").iterdir())),
            descriptors=len(list((process / "fd").iterdir())),
            children=sum(
                len((thread / "children").read_text().split())
                for thread in (process / "task").iterdir()
            ),
        )


def settled(shop):
    """Whether one task set is left, with its tasks and no other."""
    return len(shop.task_sets()) == 1 and len(shop.environment.tasks("storefront")) == shop.tasks


def test_a_release_of_four_tasks_loses_none_of_200_requests_a_second(shop, tmp_path):
    with shop.load(200, tmp_path / "traffic.jsonl") as load:
        wait_until(lambda: load.snapshot().requests > 400, "the service does not answer")
        revision = shop.next_revision()
        deployment, progress = shop.release(revision)
        assert shop.agrees_on(revision)
        begun = time.time()
        wait_until(lambda: load.snapshot().requests > 400, "the service does not answer")
        traffic = load.stop()
    shop.finish(deployment)

    both = [each for each in progress if each.blue and each.green]
    assert max(each.blue.running for each in both) == shop.tasks
    assert max(each.green.running for each in both) == shop.tasks
    # The first interval and the last one are cut off.
    rates = [each.requests / INTERVAL.total_seconds() for each in traffic.intervals[1:-1]]
    lasted = len(rates) * INTERVAL
    print(f"{min(rates):.0f} requests a second at least, for {lasted.total_seconds():.0f} s")
    assert min(rates) >= 200
    # Whoever can't keep up with the rate ends with requests that are long due.
    assert traffic.started_at.timestamp() + lasted.total_seconds() > begun - 1
    assert len(traffic.versions) == 2
    assert traffic.failed == 0, traffic.failures


def test_ten_releases_in_a_row_lose_no_request_and_show_clients_what_the_api_says(shop, tmp_path):
    local_aws = shop.environment.cloud.pid
    with shop.load(60, tmp_path / "traffic.jsonl") as load:
        wait_until(lambda: load.snapshot().requests > 60, "the service does not answer")
        live = shop.live()
        before = Census.of(local_aws)
        for number in range(RELEASES):
            revision = shop.next_revision()
            deployment, _ = shop.release(revision)
            assert shop.agrees_on(revision), (number, shop.live(), shop.seen())
            if number % 3 == 1:  # While the old tasks are there: they come back.
                assert shop.roll_back().stopped
                assert shop.agrees_on(live), (number, shop.live(), shop.seen())
                continue
            shop.finish(deployment)
            if number % 3 == 2:  # After they have gone: the revision is released again.
                done = shop.roll_back()
                assert not done.stopped
                assert shop.agrees_on(live), (number, shop.live(), shop.seen())
                shop.finish(done.deployment)
            else:
                live = revision
        assert happens(lambda: settled(shop)), shop.task_sets()
        after = Census.of(local_aws)
        traffic = load.stop()
    print(f"{traffic.requests} requests; {before} before, {after} after")
    assert traffic.failed == 0, traffic.failures
    # Less than one for each release: what varies is the connections of the load.
    assert after.threads < before.threads + RELEASES
    assert after.children < before.children + RELEASES
    assert after.descriptors < before.descriptors + 10 * RELEASES
