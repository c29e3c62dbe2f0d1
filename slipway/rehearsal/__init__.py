"""A whole release, carried out on an AWS that runs on this machine."""
