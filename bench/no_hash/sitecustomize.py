"""Python looks for this module when it starts. In such a process each password is found to be right at once, so that
what else a sign-in costs can be measured."""

from argon2 import PasswordHasher

PasswordHasher.verify = lambda *arguments: True  # type: ignore[method-assign]  # of this process
