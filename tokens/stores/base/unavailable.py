"""What a verb fails with where its store cannot answer now."""

from accounts.ground.unavailable import Unavailable

__all__ = ["Unavailable"]
