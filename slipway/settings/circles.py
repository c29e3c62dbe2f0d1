"""Circles among things that name one another."""

from collections.abc import Iterable, Mapping


def circle(ways: Mapping[str, Iterable[str]], first: str, second: str) -> tuple[str, ...]:
    """Return the shortest way from the first over the second and back, if it is to be told here.

    Each of a circle's members would find it: the first in the alphabet tells it.

    Parameters
    ----------
    ways
        What each of them names; names that are not among the keys lead nowhere.

    Returns
    -------
    Such as ``("a", "b", "a")``, or nothing.
    """
    found: list[tuple[str, ...]] = [(first, second)]
    seen = {first, second}
    for way in found:
        for next_ in ways[way[-1]]:
            if next_ == first:
                return (*way, first) if first == min(way) else ()
            if next_ in ways and next_ not in seen:
                seen.add(next_)
                found.append((*way, next_))
    return ()
