"""The types of a resolver's arguments, for callers without a type checker. A wrong one would otherwise fail in the first resolution, or never."""

from .._util.argument_checks import shown
from ..address_policy import AddressPolicy
from ..policy import ResolverPolicy

_METHODS = {"dns": ("lookup",), "http": ("get",), "cache": ("get", "set", "delete")}
_KINDS = {"dns": "a DnsBackend", "http": "an HttpBackend", "cache": "a CacheBackend"}


def check_backends(nameservers: object, **backends: object) -> None:
    """Check that each backend is None, or has the methods of its contract.

    Args:
        nameservers: Those for the default DNS backend, or None.
        backends: By the name of the argument: *dns*, *http* and *cache*.

    Raises:
        TypeError: If a backend does not have them.
        ValueError: If there are both *nameservers* and a DNS backend.
    """
    if nameservers is not None and backends.get("dns") is not None:
        raise ValueError("nameservers= is only for the default DNS backend; with dns=, pass them to that backend")
    for name, value in backends.items():
        if value is None:
            continue
        if isinstance(value, type):
            raise TypeError(f"{name} is the class {shown(value.__name__)}; pass an instance of it")
        missing = [method for method in _METHODS[name] if not callable(getattr(value, method, None))]
        if missing:
            methods = " and ".join(f"{method}()" for method in missing)
            raise TypeError(f"{name} is {shown(value)}, which has no {methods}; it must be {_KINDS[name]} or None")


def check_policies(policy: object, address_policy: object) -> None:
    """Check the types of the two policies.

    Raises:
        TypeError: If one of them is neither None nor a policy.
    """
    if policy is not None and not isinstance(policy, ResolverPolicy):
        raise TypeError(f"policy is {shown(policy)}; pass a ResolverPolicy, such as ResolverPolicy(deadline=10.0)")
    if address_policy is not None and not isinstance(address_policy, AddressPolicy):
        example = 'AddressPolicy(allow=["10.0.0.0/8"])'
        raise TypeError(f"address_policy is {shown(address_policy)}; pass an AddressPolicy, such as {example}")


def check_callables(**callables: object) -> None:
    """Check that each of *callables*, by the name of the argument, can be called. Those that are optional may be None.

    Raises:
        TypeError: If one cannot.
    """
    for name, value in callables.items():
        is_optional = name in {"connect_to", "on_lookup"}
        if not callable(value) and not (is_optional and value is None):
            raise TypeError(f"{name} is {shown(value)}; it must be a function{' or None' if is_optional else ''}")


def check_user_agent(user_agent: object) -> None:
    """Check the type of the User-Agent.

    Raises:
        TypeError: If it is neither None nor a str.
    """
    if user_agent is not None and not isinstance(user_agent, str):
        raise TypeError(f'user_agent is {shown(user_agent)}; it must be a str such as "my-bot/1.0", or None')
