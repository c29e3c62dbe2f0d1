"""A container engine without containers: it builds, saves and pushes the rehearsal's images."""
