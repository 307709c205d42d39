"""One node of each role that answers, and what the roles are."""

from dataclasses import dataclass

from tests.servers.nodes import Cluster, Node

ROLES = ("all", "front", "back", "worker", "beat")


@dataclass(frozen=True, slots=True)
class Nodes:
    provider: Cluster
    front: Node
    back: Node
    both: Node
