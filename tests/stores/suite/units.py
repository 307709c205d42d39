"""What every store has to do with units."""

from tests.stores import samples
from tests.stores.samples import CLIENT
from tokens.stores.base import Store


class UnitsSuite:
    def test_a_unit_answers_what_its_work_does(self, store: Store) -> None:
        code = samples.code()
        assert store.in_unit(lambda: store.codes.add(code))
        assert store.codes.get(code.key, CLIENT) == code
