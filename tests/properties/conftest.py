"""How much is drawn, from which seed; and what was, at the end."""

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir

_NO_SURPRISES = 20_261_121
"""The seed of the few examples that run with the other tests: they are the same every time."""


@dataclass(frozen=True)
class Examples:
    """How many of each there are."""

    valid: int
    values: int
    kinds: int
    synthesised: int
    texts: int
    commands: int


EXAMPLES = {
    "fast": Examples(valid=15, values=5, kinds=1, synthesised=1, texts=40, commands=1),
    # Applications with wrong values are broken in eight ways, those of the kinds in each way.
    "full": Examples(valid=500, values=125, kinds=5, synthesised=30, texts=1000, commands=10),
}
# It keeps tables of characters there; they take a second to make.
set_hypothesis_home_dir(Path(__file__).resolve().parents[2] / "build" / "hypothesis")
for _profile in EXAMPLES:
    settings.register_profile(
        _profile,
        # A failure is repeated by its seed; nothing is kept beside the sources.
        database=None,
        deadline=None,
        print_blob=True,
        # Whole applications are large, and take their time.
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ],
    )


@dataclass
class Exploration:
    """What draws examples, and counts them.

    Attributes
    ----------
    profile
        Its name, fast or full.
    seed
        What examples follow from.
    counts
        How many of which kind there were.
    """

    profile: str
    seed: int
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def examples(self) -> Examples:
        """How many of each there are to be."""
        return EXAMPLES[self.profile]

    def each(
        self, examples: int, body: Callable[..., None], *strategies: Any, shrink: bool = True
    ) -> None:
        """Call a function with each of some examples; the smallest that fails is told."""
        phases = [Phase.generate, *([Phase.shrink] if shrink else [])]
        profile = settings.get_profile(self.profile)
        test = settings(profile, max_examples=examples, phases=phases)(given(*strategies)(body))
        seed(self.seed)(test)()

    @contextmanager
    def folder(self, parent: Path) -> Iterator[Path]:
        """A folder for one example."""
        with tempfile.TemporaryDirectory(dir=parent) as directory:
            yield Path(directory)


_COUNTED = ("invalid parsed", "valid parsed", "synthesised", "texts", "commands")

_exploration = pytest.StashKey[Exploration]()


def pytest_configure(config: pytest.Config) -> None:
    given_seed = config.getoption("--hypothesis-seed")
    profile = config.getoption("--hypothesis-profile") or "fast"
    if given_seed not in {None, "random"}:
        number = int(given_seed)
    else:
        number = random.SystemRandom().getrandbits(32) if profile == "full" else _NO_SURPRISES
    config.stash[_exploration] = Exploration(profile, number)


@pytest.fixture(scope="session")
def exploration(request: pytest.FixtureRequest) -> Exploration:
    """What draws examples."""
    return request.config.stash[_exploration]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what was drawn, and how to draw it again."""
    exploration = config.stash[_exploration]
    counts = exploration.counts
    if not counts:
        return
    drawn = ", ".join(f"{counts[what]} {what}" for what in _COUNTED if counts[what])
    terminalreporter.write_line(f"Properties: {drawn}, seed {exploration.seed}")
    if exploration.profile == "full":
        terminalreporter.write_line(
            f"The same again: python scripts/run_tests.py properties --seed {exploration.seed}"
        )
