"""What a container engine builds from: a Dockerfile, and the files that .dockerignore leaves.

The rehearsal builds images without an engine, and the pipeline must know what an image is made of
before one builds it. Both read the two files here, as the engines do.
"""

from slipway.dockerfile.context import context_files, ignored_by
from slipway.dockerfile.instructions import Instruction, instructions

__all__ = ["Instruction", "context_files", "ignored_by", "instructions"]
