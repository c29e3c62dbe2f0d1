"""What a process has written before it answered is known with its answer."""

import queue
import subprocess
import sys
import threading

from slipway.local_aws.function_logs import Said

LINES = 20_000
SPEAKS_THEN_ANSWERS = f"""
import sys
for number in range({LINES}):
    print(f"line {{number}}", file=sys.stderr)
print("answer", flush=True)
sys.stdin.read()
"""


def test_every_line_that_was_written_before_the_answer_is_there_with_it() -> None:
    lines: queue.Queue[str] = queue.Queue()
    with subprocess.Popen(
        [sys.executable, "-c", SPEAKS_THEN_ANSWERS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        said = Said(process.stderr, lines)
        reader = threading.Thread(target=said.read_on)
        reader.start()
        assert process.stdout.readline() == b"answer\n"
        said.take()
        assert lines.qsize() == LINES
        process.stdin.close()
        reader.join()
    assert [lines.get_nowait() for _ in range(LINES)] == [f"line {each}" for each in range(LINES)]


def test_a_last_line_without_an_end_is_told_at_the_end() -> None:
    lines: queue.Queue[str] = queue.Queue()
    code = "import sys; sys.stderr.write('one\\ntwo')"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as process:
        assert process.stderr
        Said(process.stderr, lines).read_on()
    assert list(lines.queue) == ["one", "two"]
