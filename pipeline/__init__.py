"""What the pipeline's CodeBuild projects run: ``python -m pipeline COMMAND``."""
