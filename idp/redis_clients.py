"""How django-redis connects to a server behind Sentinel and to a cluster, without making a request wait for either."""

from threading import Lock
from typing import Any

from django_redis.pool import ConnectionFactory, SentinelConnectionFactory
from redis import RedisCluster
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisClusterException, RedisError
from redis.retry import Retry


class SentinelFactory(SentinelConnectionFactory):
    """The primary that Sentinel names. Replicas are not read: one may lag, and one more server may hang."""

    def get_connection_pool(self, params: dict[str, Any]) -> Any:
        # Not from the URL's host, as the parent has it: the name's capitals would be lost.
        named = {**params, "service_name": self.options["SERVICE"], "sentinel_manager": self._sentinel}
        return ConnectionFactory.get_connection_pool(self, named)


class Cluster(RedisCluster):
    """Learns which node has what when it is made, and again for the first command after one that failed.

    The parent learns again within the command that failed, each thread after the other.
    """

    def __init__(self, **options: Any) -> None:
        self._learning = Lock()
        self._stale = False
        super().__init__(**options)
        self._learn = self.nodes_manager.initialize
        setattr(self.nodes_manager, "initialize", self._forget)  # noqa: B010 mypy lets nobody assign a method

    def execute_command(self, *arguments: Any, **options: Any) -> Any:
        try:
            if self._stale:
                self._learn_anew()
            return super().execute_command(*arguments, **options)
        except RedisClusterException as error:  # no RedisError, in redis-py
            self._stale = True
            raise NotConnected(str(error)) from error
        except RedisError:
            self._stale = True
            raise

    def _learn_anew(self) -> None:
        if not self._learning.acquire(blocking=False):
            raise NotConnected("another thread asks the cluster which node has what")
        try:
            self._learn()
            self._stale = False
        finally:
            self._learning.release()

    def _forget(self, *arguments: Any, **options: Any) -> None:
        self._stale = True


class ClusterFactory(ConnectionFactory):
    """One client a process, which every thread shares."""

    _clusters: dict[tuple[tuple[str, int], ...], Cluster] = {}

    def connect(self, url: str) -> Any:
        nodes = self.options["CLUSTER_NODES"]
        if nodes not in self._clusters:
            self._clusters[nodes] = self._made(nodes)
        return self._clusters[nodes]

    def _made(self, nodes: tuple[tuple[str, int], ...]) -> Cluster:
        try:
            return Cluster(
                startup_nodes=[ClusterNode(host, port) for host, port in nodes],
                retry=Retry(NoBackoff(), 0),
                reinitialize_steps=0,
                # Each node that was ever told of would be asked, one after the other.
                dynamic_startup_nodes=False,
                username=self.options["USERNAME"] or None,
                password=self.options["PASSWORD"] or None,
                socket_connect_timeout=self.options["SOCKET_CONNECT_TIMEOUT"],
                socket_timeout=self.options["SOCKET_TIMEOUT"],
                **self.options["CLUSTER_KWARGS"],
            )
        except RedisClusterException as error:
            raise NotConnected(str(error)) from error
