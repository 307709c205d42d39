"""What is spent once: a row each, under the digest of its name."""

import hashlib
from datetime import datetime

from accounts.ground.sql.insert_new import was_added
from accounts.stores.orm.statements import once


class Once:
    def spend(self, name: str, ends: datetime) -> bool:
        return was_added(once.spend(hashlib.sha256(name.encode()).hexdigest(), ends))
