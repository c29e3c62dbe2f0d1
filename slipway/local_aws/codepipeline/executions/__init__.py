"""Executions, from stage to stage."""
