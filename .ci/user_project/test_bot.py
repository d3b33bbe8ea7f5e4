import asyncio

from bot import software


def test_the_bot_survives_a_dead_homeserver(matrix_federation):
    matrix_federation.server("alive.example")
    matrix_federation.server("dead.example").stop()

    async def ask():
        async with matrix_federation.resolver() as resolver:
            return [await software(resolver, name) for name in ("dead.example", "alive.example")]

    assert asyncio.run(ask()) == ["not reachable", "LoopbackFederation"]
