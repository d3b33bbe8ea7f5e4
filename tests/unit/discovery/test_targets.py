"""Which targets of an answer are kept, and the orderings that are drawn from them."""

from collections import Counter
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve import Resolution, ServerName, Step
from matrix_resolve.discovery.targets import ORDERINGS_KEPT, KeptTargets, Orderings, draw_targets, keep_targets
from matrix_resolve.models import Endpoint, HostAddresses

NAME = ServerName.parse("a.example")


def _keep(endpoints: list[Endpoint], ips: dict[str, str], at_most: int) -> KeptTargets:
    found = {host: HostAddresses(tuple(each.split())) for host, each in ips.items()}
    return keep_targets(endpoints, found, NAME, at_most=at_most)


def _at(host: str, priority: int = 0, port: int = 1) -> Endpoint:
    return Endpoint(host, port, priority)


@attrs.frozen
class Row:
    """Endpoints, the addresses of their hosts, how many are kept, and which; and how many are left out."""

    endpoints: list[Endpoint]
    ips: dict[str, str]
    at_most: int
    kept: list[str]
    left_out: int = 0


ROWS: dict[str, Row] = {
    "all": Row([_at("x"), _at("y")], {"x": "::1 1 2", "y": "3"}, 4, ["::1 1 2", "3"]),
    "none": Row([_at("x")], {"x": ""}, 4, []),
    "a host that was not looked up": Row([_at("x"), _at("y")], {"x": "1"}, 4, ["1"]),
    "one of each record first": Row(
        [_at("x"), _at("y"), _at("z")], {"x": "::1 1", "y": "::2 2", "z": "::3 3"}, 3, ["::1", "::2", "::3"], 3
    ),
    "then the other family": Row(
        [_at("x"), _at("y")], {"x": "::1 ::11 1", "y": "::2 ::22 2"}, 4, ["::1 1", "::2 2"], 2
    ),
    "then the rest, one of each in turn": Row(
        [_at("x"), _at("y")], {"x": "1 2 3 4", "y": "5 6 7"}, 5, ["1 2 3", "5 6"], 2
    ),
    "priority before that": Row([_at("x", 1), _at("y", 2)], {"x": "::1 1 2 3", "y": "::5 5"}, 4, ["::1 1 2 3"], 2),
    "priority, whatever the order of the answer": Row(
        [_at("y", 2), _at("x", 1)], {"x": "1 2", "y": "3 4"}, 3, ["3", "1 2"], 1
    ),
    "what an earlier priority has counts once": Row(
        [_at("x", 1), _at("y", 2)], {"x": "1 2", "y": "2 1 3"}, 3, ["1 2", "3"]
    ),
    "what another record has counts once, and stays where it is": Row(
        [_at("x"), _at("y")], {"x": "1 2", "y": "1 3"}, 3, ["1 2", "1 3"]
    ),
    "another port is another target": Row([_at("x"), _at("x", port=2)], {"x": "1 2"}, 2, ["1", "1"], 2),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_which_are_kept(row: Row) -> None:
    kept = _keep(row.endpoints, row.ips, row.at_most)
    assert [" ".join(target.ip for target in record.targets) for record in kept.records] == row.kept
    assert kept.left_out == row.left_out


_hosts = st.dictionaries(
    st.sampled_from("abcde"), st.lists(st.sampled_from(["::1", "::2", "1", "2", "3"]), unique=True)
)
_endpoints = st.lists(
    st.builds(Endpoint, st.sampled_from("abcde"), st.integers(1, 2), st.integers(0, 2), st.just(1)), max_size=8
)


@given(_hosts, _endpoints, st.integers(1, 12))
def test_as_many_as_there_are(ips: dict[str, list[str]], endpoints: list[Endpoint], at_most: int) -> None:
    everything = _keep(endpoints, {host: " ".join(each) for host, each in ips.items()}, 1000)
    kept = _keep(endpoints, {host: " ".join(each) for host, each in ips.items()}, at_most)
    places = {(target.ip, target.port) for record in everything.records for target in record.targets}
    drawn = draw_targets(kept.records, lambda: 0.0)
    assert len({(target.ip, target.port) for target in drawn}) == len(drawn) == min(at_most, len(places))
    assert (kept.left_out > 0) == (len(places) > at_most)
    assert [target.priority for target in drawn] == sorted(target.priority for target in drawn)
    assert sum(len(record.targets) for record in kept.records) <= 2 * at_most or at_most >= len(places)


def test_kept_records_are_drawn_by_their_weights() -> None:
    """There are three records, with more addresses than can be kept."""
    weights = {"x": 60, "y": 30, "z": 10}
    endpoints = [Endpoint(host, 1, 0, weight) for host, weight in weights.items()]
    kept = _keep(endpoints, {"x": "1 2 3", "y": "4 5 6", "z": "7 8 9"}, 4)
    random = Random(2782)  # noqa: S311 - chance that can be repeated
    orders = [draw_targets(kept.records, random.random) for _ in range(10_000)]
    assert {len(order) for order in orders} == {4}
    first = Counter(order[0].dns_name for order in orders)
    for host, weight in weights.items():
        assert first[host] / 10_000 == pytest.approx(weight / 100, abs=0.015)


def test_orderings_are_drawn_once_each() -> None:
    kept = _keep([Endpoint(host, 1, 0, 1) for host in "xyz"], {"x": "1", "y": "2", "z": "3"}, 9)
    numbers: list[float] = []
    random = Random(1)  # noqa: S311

    def draw() -> float:
        numbers.append(random.random())
        return numbers[-1]

    first = Resolution(NAME, Step.SRV, None, draw_targets(kept.records, draw), 0.0)
    orderings, before = Orderings(first, kept.records, draw), len(numbers)
    assert (len(orderings), orderings[0], len(numbers)) == (ORDERINGS_KEPT, first, before)
    all_of_them = list(orderings)
    drawn = len(numbers)
    assert len({each.targets for each in all_of_them}) > 1
    assert all(one is other for one, other in zip(all_of_them, orderings, strict=True))
    assert (orderings[-1], orderings[1:3]) == (all_of_them[-1], tuple(all_of_them[1:3]))
    assert len(numbers) == drawn
