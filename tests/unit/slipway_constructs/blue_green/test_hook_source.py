from pathlib import Path

from slipway_constructs.blue_green.hook_source import folder_with


def test_own_checks_travel_under_a_name_that_hides_nothing_of_ours() -> None:
    folder = Path(folder_with("{}", b"def sells_umbrellas(green): pass\n"))
    assert (folder / "own_checks.py").read_text().startswith("def sells_umbrellas")
    assert (folder / "checks" / "__init__.py").is_file()
    assert not (Path(folder_with("{}", None)) / "own_checks.py").exists()


def test_who_has_the_same_checks_shares_a_folder() -> None:
    """The library stages a folder once, however many services it is for."""
    assert folder_with("{}", None) == folder_with("{}", None)
    assert folder_with("{}", None) != folder_with('{"AfterInstall": []}', None)
