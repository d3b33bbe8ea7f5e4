"""At run time, too, a lower part of the package does not call a higher one: the layers are those of pyproject.toml."""

import ast
import sys
import tomllib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType

import attrs

import matrix_resolve
from matrix_resolve import AddressPolicy, ServerNameResolver
from matrix_resolve._engine.lookups import Lookups
from matrix_resolve.testing import FakeDns, FakeHttp
from matrix_resolve.testing.loopback.federation import LoopbackFederation

_PACKAGE = Path(matrix_resolve.__file__).parent
_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
_PACKAGE_MAP = Path(__file__).parents[2] / "docs" / "package_map.py"

_GIVEN_BY_THE_CALLER = "testing"  # its backends, clock and connect_to= stand for those of a caller
_RUNS_WHAT_IT_IS_GIVEN = "_util"  # single flight and background tasks run coroutines that are handed to them
_LOOKUPS = {Lookups.delegation.__code__, Lookups.srv.__code__}  # `DiscoveryLookups`, which discovery awaits


def _layers() -> dict[str, int]:
    """Return the height of each top-level module and folder."""
    contracts = tomllib.loads(_PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each.get("containers") == ["matrix_resolve"])
    return {name: height for height, line in enumerate(reversed(layers)) for name in line.split(" | ")}


def _part_of(code: CodeType) -> str | None:
    """Return the top-level module or folder that *code* is in; None if it is not in the package."""
    path = Path(code.co_filename)
    return path.relative_to(_PACKAGE).parts[0].removesuffix(".py") if path.is_relative_to(_PACKAGE) else None


@attrs.define
class _Calls:
    """The calls from one part of the package to another, as callers and callees. A call through other libraries counts, too."""

    seen: set[tuple[CodeType, CodeType]] = attrs.Factory(set[tuple[CodeType, CodeType]])

    def profile(self, frame: FrameType, event: str, _: object) -> None:
        if event != "call" or _PACKAGE.name not in frame.f_code.co_filename:
            return
        caller = frame.f_back
        while caller is not None and _part_of(caller.f_code) is None:
            caller = caller.f_back
        if caller is not None:
            self.seen.add((caller.f_code, frame.f_code))

    def going_up(self) -> Iterator[str]:
        """Yield the calls that should not be."""
        heights = _layers()
        for caller, callee in self.seen:
            below, above = _part_of(caller), _part_of(callee)
            if below is None or above is None or callee in _LOOKUPS:
                continue
            if above != _GIVEN_BY_THE_CALLER and below != _RUNS_WHAT_IT_IS_GIVEN and heights[below] < heights[above]:
                yield f"{below}: {caller.co_qualname} calls {above}: {callee.co_qualname}"


@contextmanager
def _recorded() -> Generator[_Calls]:
    calls, before = _Calls(), sys.getprofile()
    sys.setprofile(calls.profile)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def _walk() -> set[tuple[str, str]]:
    """Return the calls that the picture in the documentation shows, as callers and callees."""
    for node in ast.parse(_PACKAGE_MAP.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "WALK":
            return {(caller, callee) for caller, callee, _ in ast.literal_eval(node.value)}
    raise AssertionError("the walk of the picture is gone")


def _parts(calls: _Calls) -> set[str]:
    return {part for _, callee in calls.seen if (part := _part_of(callee)) is not None}


async def test_on_fakes() -> None:
    dns, http = FakeDns(), FakeHttp()
    dns.a("example.org", "198.51.100.1")
    http.well_known("example.org", "example.net")
    dns.srv("_matrix-fed._tcp.example.net", "10 5 8448 one.example.net", "10 5 8448 two.example.net")
    dns.a("one.example.net", "198.51.100.2")
    dns.a("two.example.net", "198.51.100.3")
    async with ServerNameResolver(
        dns=dns, http=http, address_policy=AddressPolicy(allow=["198.51.100.0/24"])
    ) as resolver:
        with _recorded() as calls:
            resolution = await resolver.resolve("example.org")
    assert resolution.step.is_srv
    assert {"resolver", "_engine", "discovery", "_well_known", "_dns"} <= _parts(calls)
    assert sorted(calls.going_up()) == []


async def test_on_the_default_backends(matrix_federation: LoopbackFederation) -> None:
    matrix_federation.well_known("example.org", "example.net")
    matrix_federation.server("one.example.net", names=["example.net"])
    matrix_federation.srv("example.net", "one.example.net", 8448)
    async with matrix_federation.resolver() as resolver:
        with _recorded() as calls:
            resolution = await resolver.resolve("example.org")
    assert resolution.step.is_srv
    assert {"resolver", "_engine", "discovery", "_well_known", "_dns", "backends"} <= _parts(calls)
    assert sorted(calls.going_up()) == []
    assert _walk() - {("caller", "resolver")} <= {(_part_of(caller), _part_of(callee)) for caller, callee in calls.seen}


def test_a_call_that_goes_up_is_seen() -> None:
    calls = _Calls({(matrix_resolve.ServerName.parse.__func__.__code__, ServerNameResolver.stats.__code__)})  # type: ignore[attr-defined]
    assert list(calls.going_up()) == ["server_name: ServerName.parse calls resolver: ServerNameResolver.stats"]
