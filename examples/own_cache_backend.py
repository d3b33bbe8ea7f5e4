"""Write your own cache backend: any object with `get`, `set` and `delete`. This one keeps one file per record.

python examples/own_cache_backend.py
"""

import asyncio
import hashlib
import tempfile
import time
from pathlib import Path

from matrix_resolve import AddressPolicy, ServerNameResolver
from matrix_resolve.testing import FakeDns, FakeHttp

LONGEST = 4096 + 32  # bytes: a value has at most 4 KiB, and the first line of the file is short


class DirectoryCache:
    """Keeps records in a directory, which several processes may share.

    A file contains the time at which its record expires (in seconds since 1970), a line end, and the record. Files are
    read and written in threads, so that a slow disk does not block the event loop.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def get(self, key: str) -> bytes | None:
        """Return the value of *key*, or None if there is none or it has expired."""
        return await asyncio.to_thread(self._read, self._file(key))

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Store *value* under *key* for *ttl* seconds."""
        await asyncio.to_thread(self._write, self._file(key), b"%d\n%s" % (time.time() + ttl, value))

    async def delete(self, key: str) -> None:
        """Delete the value of *key*, if there is one."""
        await asyncio.to_thread(self._file(key).unlink, missing_ok=True)

    def _file(self, key: str) -> Path:
        return self._directory / hashlib.sha256(key.encode()).hexdigest()

    def _read(self, file: Path) -> bytes | None:
        try:
            with file.open("rb") as content:
                until, value = content.read(LONGEST).split(b"\n", 1)
        except FileNotFoundError:
            return None
        return value if time.time() < int(until) else None

    def _write(self, file: Path, content: bytes) -> None:
        with tempfile.NamedTemporaryFile(dir=self._directory, delete=False) as new:
            new.write(content)
        Path(new.name).replace(file)  # atomic: a reader gets the old record or the new one


async def resolve(directory: Path) -> None:
    """Resolve with a new resolver, as a new process would, and print how many well-known requests it made."""
    dns, http = FakeDns(), FakeHttp()
    dns.a("example.org", "192.0.2.1")
    http.well_known("example.org", "192.0.2.10:443")
    policy = AddressPolicy(allow=["192.0.2.0/24"])
    cache = DirectoryCache(directory)
    async with ServerNameResolver(dns=dns, http=http, cache=cache, address_policy=policy) as resolver:
        resolution = await resolver.resolve("example.org")
    found = f"{resolution.server_name}: step {resolution.step}, delegated to {resolution.delegated}"
    print(f"{found}; well-known requests: {len(http.requests)}")


async def main() -> None:
    """Resolve twice: the second resolver finds the result of the first in the cache."""
    with tempfile.TemporaryDirectory() as directory:
        await resolve(Path(directory))
        await resolve(Path(directory))


if __name__ == "__main__":
    asyncio.run(main())
