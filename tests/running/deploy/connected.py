"""A connection to nginx by https on which a test says what it likes."""

import contextlib
import socket
import ssl
from collections.abc import Iterator

from idp.local.processes import LOOPBACK
from tests.servers.nginx import Site


@contextlib.contextmanager
def connected(site: Site) -> Iterator[ssl.SSLSocket]:
    context = ssl.create_default_context(cafile=site.certificate)
    with (
        socket.create_connection((LOOPBACK, site.https), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        yield connection
