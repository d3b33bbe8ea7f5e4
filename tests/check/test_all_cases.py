"""All tables of broken deployments together provoke each finding."""

from collections.abc import Mapping

from matrix_resolve.check import SEVERITIES, FindingCode
from matrix_resolve.check._text.make_finding import TEXTS

from . import (
    cases_api,
    cases_certificates,
    cases_connections,
    cases_keys,
    cases_names,
    cases_well_known,
    cases_well_known_places,
)
from .broken_deployments import Row

TABLES: Mapping[str, Mapping[str, Row]] = {
    "names": cases_names.ROWS,
    "well-known": cases_well_known.ROWS,
    "well-known places": cases_well_known_places.ROWS,
    "connections": cases_connections.ROWS,
    "certificates": cases_certificates.ROWS,
    "api": cases_api.ROWS,
    "keys": cases_keys.ROWS,
}
ROWS = [row for table in TABLES.values() for row in table.values()]


def test_each_finding_has_words() -> None:
    assert {key.partition(":")[0] for key in TEXTS} == set(SEVERITIES)


def test_each_finding_is_provoked() -> None:
    provoked = {row.codes[0] for row in ROWS} | {code for row in ROWS for code in row.codes}
    assert sorted(SEVERITIES) == sorted(provoked)


def test_there_are_many_ways() -> None:
    assert len(ROWS) >= 40


def test_each_way_has_one_finding_besides_information() -> None:
    beside: set[FindingCode] = {code for row in ROWS for code in row.codes[1:]}
    assert {str(SEVERITIES[code]) for code in beside} == {"info"}


def test_each_repair_and_cause_is_looked_at() -> None:
    assert [row for row in ROWS if not row.repair] == []
