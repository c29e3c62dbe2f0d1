"""The commands that the pages tell people to type."""
