"""What the pipeline does before and after each release, in the environments' own accounts."""
