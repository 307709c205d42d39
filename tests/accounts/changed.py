"""An account that is changed while something waits for it."""

from collections.abc import Callable
from typing import Any

from accounts.models import User


def changed(**columns: Any) -> Callable[[User], object]:
    def change(user: User) -> None:
        for name, value in columns.items():
            setattr(user, name, value)
        user.save()

    return change
