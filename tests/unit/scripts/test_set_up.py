import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "set_up.py"


def test_a_python_that_is_too_old_is_one_line_before_anything_is_imported_that_it_lacks() -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 10, 0); sys.modules['leash'] = None; "
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    )
    ended = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Slipway needs Python 3.11 or newer")
    assert "make PYTHON=" in line
