"""A caller stops reading the outcomes of many names at any moment: nothing is left, and the resolver still works."""

from collections.abc import AsyncIterator

import pytest

from matrix_resolve import Outcome, Resolution, Unresolved

from .cancelling import Trial, cancel_everywhere
from .cancelling_cases import CASES, IN_A_QUEUE, Stage


class _Among:
    """Resolves a name among others, in one stream."""

    leaves_early = False

    def __init__(self, stage: Stage) -> None:
        self._inner = stage.resolver()
        self._neighbour = stage.case.neighbour

    async def resolve(self, server_name: str, *, refresh: bool = False) -> Resolution:
        closed = list[str]()
        outcome: Outcome | None = None
        names = _names(closed, server_name, self._neighbour, server_name, "@no:name")
        async with self._inner.resolve_many(names, concurrency=2, refresh=refresh) as outcomes:
            async for one in outcomes:
                outcome = one if one.server_name == server_name else outcome
                if self.leaves_early and outcome is not None:
                    break
        assert closed
        assert outcome is not None
        if isinstance(outcome, Unresolved):
            raise outcome.error
        return outcome.resolution

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _names(closed: list[str], *names: str) -> AsyncIterator[str]:
    try:
        for name in names:
            yield name
    finally:
        closed.append("once")


class _AmongAndLeaving(_Among):
    leaves_early = True


@pytest.mark.parametrize("resolver", [_Among, _AmongAndLeaving])
@pytest.mark.parametrize("case", CASES)
def test_cancelled_at_every_moment(case: str, resolver: type[_Among]) -> None:
    assert cancel_everywhere(Trial(CASES[case], resolver=resolver)) > 0


@pytest.mark.parametrize("case", IN_A_QUEUE)
def test_cancelled_in_a_queue_and_in_company(case: str) -> None:
    assert cancel_everywhere(Trial(CASES[case], company=True, limit=1, resolver=_Among)) > 0
