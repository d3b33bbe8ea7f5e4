"""Cases 1 to 142 without those that are about chance (112 to 114), time (135) and connections (131, 132)."""

import pytest

from matrix_resolve import ResolveError, Step
from matrix_resolve.discovery.steps import SKIPPED_LOOKUPS

from . import cases_delegation, cases_inputs, cases_names, cases_srv, cases_well_known
from .testbed import Row, Testbed, check_lookups, check_resolution

CASES: dict[int, list[Row]] = {
    **cases_names.CASES,
    **cases_delegation.CASES,
    **cases_well_known.FAILURES,
    **cases_well_known.REDIRECTS,
    **cases_srv.CASES,
    **cases_inputs.CASES,
}


def _testbed(row: Row) -> Testbed:
    testbed = Testbed(*row.zone)
    if row.wk is not None:
        testbed.well_known(row.wk)
    for url, answer in row.http.items():
        testbed.http.serve(url, answer)
    return testbed


@pytest.mark.parametrize("number", [pytest.param(number, id=str(number)) for number in CASES])
async def test_case(number: int) -> None:
    """Each variant of the case gives its targets or error, with exactly its lookups."""
    for row in CASES[number]:
        testbed = _testbed(row)
        async with testbed.resolver(policy=row.policy, address_policy=row.address_policy) as resolver:
            if row.error is None:
                check_resolution(row, await resolver.resolve(row.name))
            else:
                with pytest.raises(ResolveError) as caught:
                    await resolver.resolve(row.name)
                assert caught.value.code == row.error, row
                assert caught.value.server_name == row.name
        check_lookups(testbed.log, row.asked)
        sent = {request.url: request.addresses for request in testbed.http.requests}
        assert {url: sent[url] for url in row.pinned} == dict(row.pinned)


def test_every_step_that_leaves_something_out_says_so() -> None:
    """Steps 5, 6 and their twins have asked everything there is to ask."""
    assert set(Step) - set(SKIPPED_LOOKUPS) == {
        Step.DEPRECATED_SRV,
        Step.DEFAULT_PORT,
        Step.DELEGATED_DEPRECATED_SRV,
        Step.DELEGATED_DEFAULT_PORT,
    }
