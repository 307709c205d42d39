"""`python -m idp.local.balancer --port 80 --issuer http://localhost --node front-1:8101:front … --program REGEX …`."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from urllib.parse import urlsplit

from idp.conf import SIDES, Role
from idp.local.balancer import head
from idp.local.balancer.pool import Pool, Upstream
from idp.local.balancer.relay import Relay
from idp.local.processes import LOOPBACK

ROLES: dict[str, Role] = {role: role for role, sides in SIDES.items() if sides}


def main() -> int:
    """Serves until SIGTERM or SIGINT; 1 when the port cannot be had."""
    options = _parse()
    issuer = urlsplit(options.issuer)
    pool = Pool(options.node, issuer.netloc)
    try:
        asyncio.run(_serve(options.port, pool, Relay(pool, options.program, proxied=issuer.scheme == "https")))
    except OSError as error:
        print(
            f"balancer: cannot listen on {LOOPBACK}:{options.port} ({os.strerror(error.errno or 0)})", file=sys.stderr
        )
        return 1
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser("balancer", description="Balances the nodes of one machine, on loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--issuer", required=True, help="whose host name the nodes want to hear")
    parser.add_argument("--node", type=_node, action="append", required=True, metavar="NAME:PORT:ROLE")
    parser.add_argument("--program", action="append", default=[], help="regular expression of a path of back nodes")
    return parser.parse_args()


def _node(text: str) -> Upstream:
    name, port, role = text.split(":")
    if role not in ROLES:
        raise ValueError(role)
    return Upstream(name, int(port), ROLES[role])


async def _serve(port: int, pool: Pool, relay: Relay) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await asyncio.start_server(relay.accept, LOOPBACK, port, limit=head.MAX_LINE)
    watching = asyncio.create_task(pool.watch())
    await stop.wait()
    server.close()
    await relay.drain()
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


if __name__ == "__main__":
    sys.exit(main())
