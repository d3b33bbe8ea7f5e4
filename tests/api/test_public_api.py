"""What the package exports, what its import costs, and whether third-party backends fit."""

import subprocess
import sys

import pytest

import matrix_resolve
from matrix_resolve import CacheBackend, DnsAnswer, DnsBackend, HttpBackend, HttpResponse, MemoryCache, RecordType
from matrix_resolve.backends.aiodns import AiodnsBackend
from matrix_resolve.backends.aiohttp import AiohttpBackend
from matrix_resolve.testing import FakeCache, FakeDns, FakeHttp


def test_every_name_is_there_once_and_in_order() -> None:
    assert list(matrix_resolve.__all__) == sorted(set(matrix_resolve.__all__))
    for name in set(matrix_resolve.__all__) - {"ErrorCode", "RecordType"}:
        assert getattr(matrix_resolve, name).__doc__
    assert dir(matrix_resolve) == matrix_resolve.__all__


def test_names_that_are_not_there() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(matrix_resolve, "no_such_name")  # noqa: B009 - type checkers would refuse the attribute


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import matrix_resolve", {"aiohttp", "aiodns", "ssl", "http", "email", "asyncio"}),
        (
            "from matrix_resolve import ServerName, server_name_of, errors",
            {"aiohttp", "aiodns", "ssl", "http", "email", "asyncio"},
        ),
        ("from matrix_resolve import ServerNameResolver", {"aiohttp", "aiodns"}),
    ],
)
def test_imports_load_no_more_than_they_need(statement: str, unwanted: set[str]) -> None:
    code = f"import sys; {statement}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - no input from outside
    assert unwanted & set(done.stdout.split()) == set()


class ThirdPartyDns:
    """A backend without a base class of ours."""

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        del refresh
        return DnsAnswer(("192.0.2.1",) if record_type == "A" else (), None, name)


def test_backends_need_no_base_class() -> None:
    """The type checkers check the assignments."""
    dns: list[DnsBackend] = [ThirdPartyDns(), FakeDns(), AiodnsBackend()]
    http: list[HttpBackend] = [FakeHttp(), AiohttpBackend()]
    cache: list[CacheBackend] = [MemoryCache(), FakeCache(clock=lambda: 0.0)]
    assert len(dns) + len(http) + len(cache) == 7
    assert HttpResponse(200, (("A", " b "), ("a", "c"))).values("a") == ["b", "c"]
