"""Client assertions that were shown."""

import hashlib
from datetime import datetime

from accounts.ground.sql.insert_new import was_added
from tokens.stores.orm.statements import client_assertions


class ClientAssertions:
    def use(self, client_id: str, jti: str, expires: datetime) -> bool:
        return was_added(client_assertions.use(_assertion_key(client_id, jti), expires))


def _assertion_key(client_id: str, jti: str) -> str:
    """One key for one pair: the length says where the first ends, and every text can be encoded."""
    return hashlib.sha256(f"{len(client_id)}:{client_id}{jti}".encode(errors="surrogatepass")).hexdigest()
