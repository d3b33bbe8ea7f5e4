"""A bot as a user of the package writes it: it asks servers for their software, and survives those that do not answer."""

import json

from matrix_resolve import ResolveError, ServerNameResolver, open_connection


async def software(resolver: ServerNameResolver, server_name: str) -> str:
    try:
        reader, writer, target = await open_connection(resolver, server_name)
    except (ResolveError, OSError):
        return "not reachable"
    path = "/_matrix/federation/v1/version"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {target.host_header}\r\nConnection: close\r\n\r\n".encode())
    body = (await reader.read()).partition(b"\r\n\r\n")[2]
    writer.close()
    return json.loads(body)["server"]["name"]
