"""A program with librdkafka, Kafka's client in C, as its documents configure it: one argument of JSON has the
properties. Prints the ports of the cluster's brokers once it has signed in there, or says what it was refused for."""

import json
import sys
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

TRIES = 60
"""Of a second each, only to end what hangs."""
refused: list[str] = []


def told(error: Any) -> None:
    if error.code() == KafkaError._AUTHENTICATION:
        refused.append(error.str())


def brokers() -> Any:
    admin = AdminClient({**json.loads(sys.argv[1]), "error_cb": told})
    for _ in range(TRIES):
        try:
            return admin.list_topics(timeout=1).brokers.values()
        except KafkaException:
            admin.poll(0)
            if refused:
                sys.exit(refused[0])
    sys.exit("no answer")


print(json.dumps([broker.port for broker in brokers()]))
