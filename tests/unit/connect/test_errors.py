"""Whether a failed connection is temporary: a row for each code of a target, for several targets, and for lack of time."""

from typing import get_args

import pytest

from matrix_resolve import ConnectFailed, ConnectionTarget, TargetFailure
from matrix_resolve._connect.errors import TargetFailureCode

_TARGET = ConnectionTarget("192.0.2.1", 8448, "a.example", "a.example", dns_name="a.example")
_CODES: dict[TargetFailureCode, bool] = {
    "refused": True,
    "timeout": True,
    "reset": True,
    "network": True,
    "not-tls": False,
    "tls": False,
    "certificate": False,
    "certificate-name": False,
    "certificate-time": False,
    "certificate-untrusted": False,
}


def _failed(*codes: TargetFailureCode, out_of_time: bool = False) -> ConnectFailed:
    failures = [TargetFailure(_TARGET, code, "what happened", OSError()) for code in codes]
    return ConnectFailed("a.example", failures, out_of_time=out_of_time)


def test_every_code_has_a_row() -> None:
    assert set(_CODES) == set(get_args(TargetFailureCode))


@pytest.mark.parametrize("code", _CODES)
def test_one_target(code: TargetFailureCode) -> None:
    assert _failed(code).is_temporary is _CODES[code]


@pytest.mark.parametrize("code", _CODES)
def test_lack_of_time_is_temporary_whatever_the_targets_did(code: TargetFailureCode) -> None:
    assert _failed(code, out_of_time=True).is_temporary
    assert _failed(out_of_time=True).is_temporary


@pytest.mark.parametrize("code", _CODES)
def test_one_target_that_may_recover_is_enough(code: TargetFailureCode) -> None:
    assert _failed("certificate", code).is_temporary is _CODES[code]
    assert _failed(code, "certificate").is_temporary is _CODES[code]
