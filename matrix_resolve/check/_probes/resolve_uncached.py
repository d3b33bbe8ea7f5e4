"""Resolve a name for a check, as a server with an empty cache does."""

import attrs

from ..._address_families import listed_families
from ..._cache_mode import CacheMode
from ..._engine.config import ResolverConfig
from ..._engine.engine import Engine
from ...errors import ResolveError
from ...models import Resolution
from ...policy import ResolverPolicy
from ...server_name import ServerName


async def resolve_uncached(config: ResolverConfig, name: ServerName) -> Resolution | ResolveError:
    """Resolve *name* without using or changing the caches of the resolver.

    Args:
        config: The configuration of the resolver. Its policy for faulty SRV records is replaced by the default, which is as lenient as
            other servers. Instead of the address families of this machine, both are used.
        name: The server name.
    """
    usual = ResolverPolicy()
    policy = attrs.evolve(
        config.policy,
        srv_failure=usual.srv_failure,
        srv_cname=usual.srv_cname,
        families=listed_families(config.policy),
    )
    engine = Engine(config.without_memory(policy))
    try:
        return await engine.resolve(name, CacheMode("bypass", config.serials()))
    except ResolveError as error:
        return error
    finally:
        await engine.aclose()
