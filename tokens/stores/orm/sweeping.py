"""What the store deletes because it expired, or because what it names is gone."""

from tokens.stores.orm.cleanup import Cleanup
from tokens.stores.orm.orphans import Orphans


class Sweeping(Cleanup, Orphans):
    pass
