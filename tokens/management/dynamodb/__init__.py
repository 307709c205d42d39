"""What `dynamodb` does, a file a verb."""

from collections.abc import Mapping

from accounts.ground.verbs import Verb
from tokens.management.dynamodb import create, delete, enable_stream, reconcile, status, warm

VERBS: Mapping[str, Verb] = {
    "create": create.VERB,
    "status": status.VERB,
    "enable-stream": enable_stream.VERB,
    "reconcile": reconcile.VERB,
    "warm": warm.VERB,
    "delete": delete.VERB,
}
