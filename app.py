"""The composition root: settings in, stages out."""

import sys
from pathlib import Path

import aws_cdk as cdk

from slipway.settings import SettingsError
from stacks.application import add_stacks
from stacks.policy import open_findings

FINDINGS = (
    "The templates have findings, see above: mend them, or acknowledge them beside what they "
    "concern (slipway_constructs.findings)."
)


def main() -> int:
    """Synthesise every environment that has a file.

    Context keys: ``settings``, the folder that holds slipway.yaml (this one); ``images``, the
    file with the images' digests (build/images.json); ``environment``, the only one to
    synthesise (all of them).
    """
    app = cdk.App(
        # The tree of constructs would be written beside the templates; nothing here reads it.
        tree_metadata=False,
        # In Python a construct's stack trace holds frames of the library only.
        context={"aws:cdk:disable-creation-stack-traces": True},
    )
    root = Path(app.node.try_get_context("settings") or Path(__file__).parent)
    images = Path(app.node.try_get_context("images") or root / "build" / "images.json")
    try:
        add_stacks(
            app,
            settings_root=root,
            images=images,
            environment=app.node.try_get_context("environment"),
        )
    except (SettingsError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        app.synth()
    except RuntimeError as error:
        if not str(error).startswith("ValidationFailed"):
            raise
        print(f"\n{FINDINGS}", file=sys.stderr)
        return 1
    if found := open_findings(Path(app.outdir)):
        print(*found, FINDINGS, sep="\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
