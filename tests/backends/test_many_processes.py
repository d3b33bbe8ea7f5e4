"""Fleets of real processes: a name that is not cached needs one request, even if a worker or the store dies."""

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import pytest

from matrix_resolve.testing import LoopbackFederation, Reply
from tests._support.redis_server import PROGRAM, RedisServer

NAME, DELEGATED = "example.org", "matrix.example.org:443"
WELL_KNOWN = "/.well-known/matrix/server"
STORES = [pytest.param("redis", marks=pytest.mark.skipif(PROGRAM is None, reason="needs redis-server")), "sqlite"]


@attrs.frozen
class Fleet:
    """Workers with one store, and the federation in which they resolve names."""

    federation: LoopbackFederation
    start: Callable[[int], "subprocess.Popen[str]"]
    redis: RedisServer | None

    def reply(self, *, delay: float) -> None:
        """Set the delay of the well-known response."""
        server = self.federation.well_known(NAME, DELEGATED)
        server.reply(WELL_KNOWN, attrs.evolve(Reply.json({"m.server": DELEGATED}), delay=delay))

    def requests(self) -> int:
        return len(self.federation.seen.requests)

    def wait_for_a_request(self) -> None:
        for _ in range(1000):
            if self.requests():
                return
            time.sleep(0.01)
        raise AssertionError("nobody asks")


@pytest.fixture(params=STORES)
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    with LoopbackFederation() as federation, ExitStack() as stack:
        redis = stack.enter_context(RedisServer(tmp_path)) if request.param == "redis" else None
        store = f"redis:{redis.socket}" if redis else f"sqlite:{tmp_path / 'cache'}"
        authority = tmp_path / "authority.pem"
        authority.write_bytes(federation.authority_pem)
        well_known = federation.well_known(NAME, DELEGATED)
        port = federation.connect_to(well_known.addresses[0], 443)[1]

        def start(callers: int) -> "subprocess.Popen[str]":
            arguments = [store, str(port), str(authority), NAME, str(callers)]
            worker = subprocess.Popen(  # noqa: S603 - no input from outside
                [sys.executable, "-m", "tests.backends.fleet_worker", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(ending(worker))
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
            return worker

        yield Fleet(federation, start, redis)


@contextmanager
def ending(worker: "subprocess.Popen[str]") -> Generator[None]:
    with worker:
        yield
        worker.kill()


def begin(*workers: "subprocess.Popen[str]") -> None:
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("now\n")
        worker.stdin.flush()


def outcome_of(worker: "subprocess.Popen[str]") -> dict[str, int]:
    assert worker.stdout is not None
    outcome: dict[str, int] = json.loads(worker.stdout.readline())
    return outcome


def test_one_cold_name_is_one_request_however_many_ask(fleet: Fleet) -> None:
    """A thousand callers in eight processes."""
    fleet.reply(delay=0.2)
    workers = [fleet.start(125) for _ in range(8)]
    begin(*workers)
    assert [outcome_of(worker) for worker in workers] == [{DELEGATED: 125}] * 8
    assert fleet.requests() == 1


def test_the_others_go_on_when_the_one_who_asks_dies(fleet: Fleet) -> None:
    fleet.reply(delay=math.inf)
    first, *others = [fleet.start(5) for _ in range(3)]
    begin(first)
    fleet.wait_for_a_request()
    begin(*others)
    first.kill()
    fleet.reply(delay=0)
    assert [outcome_of(worker) for worker in others] == [{DELEGATED: 5}] * 2
    assert 2 <= fleet.requests() <= 3, "expected: each worker waits at most three seconds before its own request"


@pytest.mark.skipif(PROGRAM is None, reason="needs redis-server")
@pytest.mark.parametrize("fleet", ["redis"], indirect=True)
@pytest.mark.parametrize("comes_back", [True, False])
def test_answers_keep_coming_when_the_store_dies(fleet: Fleet, *, comes_back: bool) -> None:
    assert fleet.redis is not None
    fleet.reply(delay=0.5)
    workers = [fleet.start(20) for _ in range(4)]
    begin(*workers)
    fleet.wait_for_a_request()
    fleet.redis.kill()
    if comes_back:
        fleet.redis.start()
    assert [outcome_of(worker) for worker in workers] == [{DELEGATED: 20}] * 4
    assert fleet.requests() <= 4


def test_a_worker_that_comes_later_asks_nobody(fleet: Fleet) -> None:
    """A restart needs no request either."""
    for _ in range(2):
        worker = fleet.start(1)
        begin(worker)
        assert outcome_of(worker) == {DELEGATED: 1}
    assert fleet.requests() == 1
