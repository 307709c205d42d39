"""What stands behind the nginx that is shipped."""

from dataclasses import dataclass

from tests.running.deploy.recorder import Recorder
from tests.servers.nginx import Nginx, Site
from tests.servers.nodes import Cluster, Node


@dataclass(frozen=True, slots=True)
class Served:
    """A provider whose issuer is nginx; its first two nodes are front nodes, the third is a back node."""

    provider: Cluster
    nginx: Nginx
    site: Site

    @property
    def url(self) -> str:
        return self.provider.issuer

    @property
    def fronts(self) -> tuple[Node, ...]:
        return self.provider.nodes[:2]

    @property
    def back(self) -> Node:
        return self.provider.nodes[2]


@dataclass(frozen=True, slots=True)
class Recorded:
    """nginx before two recorders, each of which is a front and a back node."""

    nodes: tuple[Recorder, Recorder]
    nginx: Nginx
    site: Site

    @property
    def url(self) -> str:
        return f"https://localhost:{self.site.https}"
