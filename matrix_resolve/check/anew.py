"""Resolving for a check: as those do who know nothing of the name yet."""

import attrs

from .._cache_mode import CacheMode
from ..counters import Counters
from ..errors import ResolveError
from ..hot_layer import HotLayer
from ..policy import ResolverPolicy
from ..record_store import OwnRecords
from ..server_name import ServerName
from ..values import Resolution
from ..workshop import Materials, Workshop


async def resolve_anew(made: Materials, name: ServerName) -> Resolution | ResolveError:
    """Resolve *name* past everything that a resolver has kept, each time, and leave all that as it is.

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
