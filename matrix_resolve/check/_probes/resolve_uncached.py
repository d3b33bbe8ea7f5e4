"""Resolves for a check, as servers do that know nothing of the name yet."""

import attrs

from ..._cache_mode import CacheMode
from ..._engine.config import ResolverConfig
from ..._engine.engine import Engine
from ...errors import ResolveError
from ...models import Resolution
from ...policy import ResolverPolicy
from ...server_name import ServerName


async def resolve_uncached(config: ResolverConfig, name: ServerName) -> Resolution | ResolveError:
    """Resolve *name* without using or changing anything that the resolver has cached.

    Args:
        config: What the resolver works with. How strict it is with SRV records is its own affair; others are as lenient as by default.
        name: The server name.
    """
    usual = ResolverPolicy()
    policy = attrs.evolve(config.policy, srv_failure=usual.srv_failure, srv_cname=usual.srv_cname)
    engine = Engine(config.without_memory(policy))
    try:
        return await engine.resolve(name, CacheMode("bypass", config.serials()))
    except ResolveError as error:
        return error
    finally:
        await engine.aclose()
