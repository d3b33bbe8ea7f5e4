"""Resolves for a check, as servers do that know nothing of the name yet."""

import attrs

from ..._cache_mode import CacheMode
from ..._engine.engine import Materials, Workshop
from ..._engine.resolution_cache import HotLayer
from ..._well_known.store import OwnRecords
from ...errors import ResolveError
from ...models import Resolution
from ...policy import ResolverPolicy
from ...server_name import ServerName
from ...stats import Counters


async def resolve_uncached(made: Materials, name: ServerName) -> Resolution | ResolveError:
    """Resolve *name* without using or changing anything that the resolver has cached.

    Args:
        made: What the resolver works with. How strict it is with SRV records is its own affair; others are as lenient as by default.
        name: The server name.
    """
    usual = ResolverPolicy()
    policy = attrs.evolve(made.policy, srv_failure=usual.srv_failure, srv_cname=usual.srv_cname)
    counters = Counters()
    own = attrs.evolve(
        made,
        policy=policy,
        records=OwnRecords(policy.max_names),
        are_records_shared=False,
        hot=HotLayer(policy, counters),
        counters=counters,
    )
    workshop = Workshop(own)
    try:
        return await workshop.resolve(name, CacheMode("bypass", made.serials()))
    except ResolveError as error:
        return error
    finally:
        await workshop.aclose()
