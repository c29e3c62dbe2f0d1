"""Where whoever is called finds what to do."""

from dataclasses import dataclass

# CloudWatch's limit for the description of an alarm.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
_LONGEST_DESCRIPTION = 1024


@dataclass(frozen=True)
class Runbooks:
    """The pages on alarms, as people reach them.

    Parameters
    ----------
    base
        What a page's address begins with: a URL, or a path in the repository, without a slash at
        its end.
    """

    base: str

    def describe(self, what: str, page: str) -> str:
        """Describe an alarm: what it means, and where to read what to do.

        Parameters
        ----------
        what
            What has happened when it fires; a sentence without its full stop.
        page
            The page on it, such as ``latency.md``, with an anchor where it is one of several there.

        Raises
        ------
        ValueError
            It is longer than CloudWatch takes.
        """
        described = f"{what}. Runbook: {self.base}/{page}"
        if len(described) > _LONGEST_DESCRIPTION:
            raise ValueError(
                f"an alarm's description has at most {_LONGEST_DESCRIPTION} characters, "
                f"not {len(described)}: {described:.60}…"
            )
        return described
