"""The column of identifiers and digests, under the name that the migrations know."""

from accounts.ground.exact_field import ExactField

__all__ = ["ExactField"]
