"""Commands of the pages that take too long to be run again, or wait for somebody: who runs them.

Each names the file that does, and the words in it by which it does.
"""

_CI = ".ci/run"
_RUN_TESTS = "scripts/run_tests.py"
_SERVICE = (_RUN_TESTS, "def _test_service")

ELSEWHERE: dict[str, tuple[str, str]] = {
    "make check": (_CI, "check test"),
    "make policy": (_CI, "newcomer policy"),
    "make test": (_CI, "check test"),
    "make docs": ("scripts/test_browser.py", "docs.build()"),
    "make rehearse": (_CI, "make rehearse\n"),
    # Until somebody ends it; the first command of the page that this test reads.
    "make rehearse-keep": ("tests/rehearsal/newcomer/test_laptop.py", '== "make rehearse-keep"'),
    "make rehearse-pipeline": (_CI, "rehearse-pipeline newcomer"),
    "make rehearse-faults QUICK=1": (_CI, "rehearse-faults test-browser QUICK=1"),
    # Not in every run of continuous integration, which has no time for them.
    "make rehearse-faults": (_RUN_TESTS, '"faults": ('),
    ".venv/bin/python -m pytest tests/rehearsal/test_faults.py -k secret": (
        _RUN_TESTS,
        "(FAULTS,)",
    ),
    "make environments": (_RUN_TESTS, '"environments": '),
    # Releases; the page that this test reads has the same command.
    ".venv/bin/slipway deploy --local": ("tests/rehearsal/newcomer/test_laptop.py", "laptop.md"),
    # Of a release that it makes.
    ".venv/bin/slipway logs storefront --local --hooks": (
        "tests/rehearsal/environment/test_approval_and_turn.py",
        '"--hooks"',
    ),
    # Until somebody ends it.
    ".venv/bin/slipway logs storefront --local --follow": (
        "tests/rehearsal/environment/test_approval_and_turn.py",
        '"--follow"',
    ),
    # Each service in an environment made of its lock.
    "python3 -m venv .venv": _SERVICE,
    ".venv/bin/pip install --require-hashes -r requirements-test.txt": _SERVICE,
    ".venv/bin/python -m pytest": _SERVICE,
    "SESSION_KEY=anything .venv/bin/python -m storefront": (
        "services/storefront/tests/test_server.py",
        '"-m", "storefront"',
    ),
    "DRAIN_SECONDS=0 .venv/bin/python -m inventory": (
        "services/inventory/tests/test_process.py",
        "DRAIN_SECONDS",
    ),
}

PAGES: dict[str, str] = {
    # Word for word, on a rehearsal of its own.
    "docs/getting-started/laptop.md": "tests/rehearsal/newcomer/test_laptop.py",
}
"""Pages that another test runs as a whole."""
