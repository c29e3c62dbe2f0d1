"""What a pipeline declares, and what of it is refused."""
