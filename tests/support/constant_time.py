"""What may be compared in constant time alone."""


class Opaque(str):
    """That only `hmac.compare_digest` may look at."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared by what takes as long as the two are alike")

    __ne__ = __eq__
