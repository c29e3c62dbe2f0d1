"""Who answered: nothing that an answer says counts before that is known.

An answer names the task's revision in the header ``x-task-revision``. For one that doesn't,
``revision`` in the JSON of ``/version`` vouches.
"""

import json

from .green import CheckFailed, Green
from .requests import Answer, ask

REVISION_HEADER = "x-task-revision"
VERSION_PATH = "/version"


class Identity:
    """Tells whether answers come from green; with another port, whether they come from blue."""

    def __init__(self, green: Green, timeout_seconds: float, *, blue: bool = False) -> None:
        self._green = green
        self._timeout_seconds = timeout_seconds
        self._blue = blue

    def prove(self, request: str, answer: Answer, *, ask_version: bool = True) -> None:
        """Fail unless the expected side gave the answer.

        Parameters
        ----------
        request
            For the message: ``GET /stock``.
        answer
            What came.
        ask_version
            Whether ``/version`` is asked when the answer itself names no revision.

        Raises
        ------
        CheckFailed
            When the other side gave it, or it can't be known who did.
        """
        revision: str | None = answer.headers.get(REVISION_HEADER)
        source = request
        if revision is None and ask_version:
            revision, source = self._version(), f"GET {VERSION_PATH}"
            if revision is None:
                raise CheckFailed(
                    f"expected {request} to prove that {self._expected} answers, but its answer "
                    f"{answer.status} has no {REVISION_HEADER} header, and {VERSION_PATH} names no "
                    "revision"
                )
        if revision is None:
            return
        if self._blue and revision == self._green.revision:
            raise CheckFailed(
                f"the answer to {source} on the production listener came from green {revision} "
                "itself, so there is nothing to compare it with"
            )
        if not self._blue and revision != self._green.revision:
            raise CheckFailed(
                f"the answer to {source} came from revision {revision}, not from green "
                f"{self._green.revision}"
            )

    @property
    def _expected(self) -> str:
        return f"another than {self._green.revision}" if self._blue else self._green.revision

    def _version(self) -> str | None:
        port = self._green.production_port if self._blue else self._green.port
        answer = ask(self._green, "GET", VERSION_PATH, self._timeout_seconds, port=port)
        if named := answer.headers.get(REVISION_HEADER):
            return str(named)
        try:
            document = json.loads(answer.body)
        except ValueError:
            return None
        revision = document.get("revision") if isinstance(document, dict) else None
        return revision if isinstance(revision, str) else None
