"""What ``cdk bootstrap`` makes in an account, as far as a pipeline relies on it.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
"""

import re
from dataclasses import dataclass

from policies.iam.patterns import matches

_ROLE = re.compile(
    r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d{12}):role/"
    r"cdk-(?P<qualifier>\w+)-(?P<kind>deploy|file-publishing)-role-(?P=account)-(?P<region>[\w-]+)"
)

READS_ARTIFACTS = ("s3:GetObject*", "kms:Decrypt", "kms:DescribeKey")
"""What the deploy role may do in other accounts than its own, of what the pipeline needs."""


@dataclass(frozen=True)
class BootstrapRole:
    """A role that the pipeline's account assumes, because it was trusted with it."""

    arn: str
    account: str
    region: str
    kind: str
    qualifier: str
    partition: str

    @classmethod
    def of(cls, arn: str) -> "BootstrapRole | None":
        """Read the ARN of such a role; None for any other."""
        found = _ROLE.fullmatch(arn)
        return cls(arn=arn, **found.groupdict()) if found else None

    def may(self, action: str) -> bool:
        """Tell whether it may do something to what is another account's."""
        return self.kind == "deploy" and any(matches(each, action) for each in READS_ARTIFACTS)

    def other(self, kind: str) -> str:
        """Return the ARN of another role of the same bootstrap."""
        return (
            f"arn:{self.partition}:iam::{self.account}:role/cdk-{self.qualifier}-{kind}-role-"
            f"{self.account}-{self.region}"
        )
