"""nginx before a node of bench/growth.py, that keeps its connections to it or makes one for each request."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from idp.local.processes import LOOPBACK, free_port, running, start, wait_until
from tests.outside.browser.visit import is_open
from tests.servers.nginx import libraries, program, temporary

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
worker_processes 1;
{user}
events {{ worker_connections 512; }}
http {{
    access_log off;
    {temporary}
    upstream node {{ server {node}; {kept} }}
    server {{
        listen {port};
        location / {{
            proxy_pass http://node;
            proxy_set_header Host $http_host;
            proxy_http_version 1.1;
            proxy_set_header Connection "{connection}";
        }}
    }}
}}
"""
"""Of deploy/nginx what says how a request is handed to a node; no TLS, which is no node's."""


@contextlib.contextmanager
def proxy(folder: Path, node: str, *, keeps: bool) -> Iterator[str]:
    """Its URL. `node`: the node's address; `folder`: where its files go, made here."""
    folder.mkdir()
    port, configuration = free_port(), folder / "nginx.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder,
            temporary=temporary(folder),
            node=node,
            port=port,
            user="user root;",
            kept="keepalive 32; keepalive_timeout 4s;" if keeps else "",
            connection="" if keeps else "close",
        )
    )
    server = start([program(), "-c", configuration, "-e", folder / "log"], environ=libraries(), log=folder / "output")
    with running(server):
        wait_until(lambda: is_open(port), server, "nginx")
        yield f"http://{LOOPBACK}:{port}"
