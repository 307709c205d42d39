"""What is spent once: a row each, under the digest of its name."""

import hashlib
from datetime import datetime

from accounts.ground.sql.insert_new import was_added
from accounts.ground.taken_back import once_more
from accounts.stores.orm.statements import once


class Once:
    def spend(self, name: str, ends: datetime, by: str = "") -> bool:
        key = hashlib.sha256(name.encode()).hexdigest()
        if once_more(lambda: was_added(once.spend(key, ends, by))):
            return True
        # What it was spent by never changes.
        return bool(by) and bool(list(once.spent_by(key, by)))
