"""The entries of the matrix, by what is wrong."""
