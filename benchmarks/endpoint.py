"""How busy an endpoint is kept: the time it works, of the time it could at the concurrency given.

    python benchmarks/endpoint.py [--questions 640] [--concurrency 32] [--seconds 1]

The server is a process of its own that takes the same time for every answer. Answers go through the engine into a cache
on disk, as in a run. The first and the last answers count too, when fewer questions are left than may be asked at once.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / "support")]

from fairwitness.audit import endpoints  # noqa: E402
from fairwitness.audit.cache import AnswerCache  # noqa: E402
from fairwitness.audit.engine import Engine  # noqa: E402
from fairwitness.audit.requests import Generate, Generated  # noqa: E402
from scripted_endpoint import served  # noqa: E402

AT_LEAST = 0.95


def serve(seconds: float, told: Connection) -> None:
    """Serves until it is told to end."""
    with served(seconds=seconds) as server:
        told.send(server.spec())
        told.recv()


def busy(questions: int, concurrency: int, seconds: float) -> float:
    """The share of its time that the endpoint works."""
    mine, its = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(seconds, its), daemon=True)
    server.start()
    subject = endpoints.load(mine.recv(), endpoints.How(at_once=concurrency))
    requests = [Generate(f"Question {number}", 4) for number in range(questions)]
    with tempfile.TemporaryDirectory() as folder, AnswerCache(Path(folder), subject.info.fingerprint) as cache:
        begun = time.perf_counter()
        answers = Engine(subject, cache=cache).answer(requests)
        wall = time.perf_counter() - begun
    mine.send("end")
    server.join()
    assert all(isinstance(answer, Generated) for answer in answers)
    return questions * seconds / concurrency / wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=640)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    share = busy(options.questions, options.concurrency, options.seconds)
    print(f"{options.questions} questions, {options.concurrency} at once, {options.seconds} s each: busy {share:.1%}")
    assert share >= AT_LEAST, f"an endpoint is kept busy {AT_LEAST:.0%} of its time"


if __name__ == "__main__":
    main()
