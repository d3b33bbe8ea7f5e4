"""What a resolver does with targets that failed."""

from tests._support.delegating import DELEGATED_LOOKUPS, delegating
from tests.spec.testbed import Testbed, fed_record


class TestReportFailure:
    """Targets that failed."""

    async def test_go_to_the_end_of_their_priority_for_a_minute(self) -> None:
        testbed = Testbed(
            fed_record("example.org", "10 0 1 both.example.com."),
            "_matrix-fed._tcp.example.org SRV 20 0 2 t2.example.com.",
        )
        async with testbed.resolver() as resolver:
            before = (await resolver.resolve("example.org")).targets
            resolver.report_failure(before[0])
            after = (await resolver.resolve("example.org")).targets
            assert [target.ip for target in after] == [before[1].ip, before[0].ip, before[2].ip]
            testbed.clock.advance(60)
            assert (await resolver.resolve("example.org")).targets == before

    async def test_are_moved_in_every_name(self) -> None:
        testbed = Testbed()
        async with testbed.resolver() as resolver:
            names = ["example.org:443", "EXAMPLE.org:443"]
            first, _ = [await resolver.resolve(name) for name in names]
            resolver.report_failure(first.targets[0], during="tcp")
            assert [(await resolver.resolve(name)).targets[0].ip for name in names] == ["192.0.2.10"] * 2

    async def test_when_all_failed_everything_is_asked_again(self) -> None:
        """This includes the well-known document: if a server has moved, it is the document that changes."""
        testbed = delegating()
        async with testbed.resolver() as resolver:
            for target in (await resolver.resolve("example.org")).targets:
                resolver.report_failure(target)
            testbed.log.clear()
            testbed.dns.a("hs.example.net", "198.51.100.21")
            resolution = await resolver.resolve("example.org")
            assert resolution.targets[0].ip == "2001:db8::20"
            assert sorted(testbed.log) == sorted(DELEGATED_LOOKUPS)
            assert (await resolver.resolve("example.org")).targets[0].ip == "198.51.100.21"

    async def test_asks_again_at_most_every_30_seconds(self) -> None:
        testbed = delegating()
        async with testbed.resolver() as resolver:
            for _ in range(3):
                for target in (await resolver.resolve("example.org")).targets:
                    resolver.report_failure(target)
            assert testbed.log.count("A hs.example.net") == 2
            testbed.clock.advance(30)
            await resolver.resolve("example.org")
            assert testbed.log.count("A hs.example.net") == 3


class TestACopiedAddress:
    """An attacker copies a victim's addresses into another zone.

    The certificate is then invalid for the attacker's name, but not for the victim's.
    """

    async def test_changes_nothing_for_the_victim(self) -> None:
        testbed = Testbed("stranger.example AAAA 2001:db8::10", "stranger.example A 192.0.2.10")
        async with testbed.resolver() as resolver:
            before = await resolver.resolve("example.org:443")
            for target in (await resolver.resolve("stranger.example:443")).targets:
                resolver.report_failure(target)
            testbed.log.clear()
            assert (await resolver.resolve("example.org:443")).targets == before.targets
            assert testbed.log == []
            await resolver.resolve("stranger.example:443")
            assert testbed.log.count("A stranger.example") == 1
            assert "A example.org" not in testbed.log
