"""How passwords are hashed."""

from argon2.low_level import ARGON2_VERSION
from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with what OWASP recommends, in the variant of one pass over more memory.

    One lane, since the places of `accounts.sign_in.password_queue` share the cores among people, not the lanes of one
    hash. More than 32 MiB, since glibc gives back at once only what is larger: of 19 MiB, OWASP's other variant, each
    thread's arena kept its own, and 24 threads, two at a time, held 320 MB in the end (108 MB at the peak like this).
    """

    time_cost = 1
    memory_cost = 47104  # KiB
    parallelism = 1

    @property
    def kind(self) -> str:
        """What stands before salt and digest (`accounts.hash_kinds`)."""
        costs = f"m={self.memory_cost},t={self.time_cost},p={self.parallelism}"
        return f"{self.algorithm}$argon2id$v={ARGON2_VERSION}${costs}"
