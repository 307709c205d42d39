"""Whose records support looks for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """A person's, a client's, or those of a person at a client: one of the two is given, or both."""

    subject: str | None = None
    client_id: str | None = None

    def __post_init__(self) -> None:
        if self.subject is None and self.client_id is None:
            raise ValueError("neither a subject nor a client: nobody is shown everything")

    def owns(self, subject: str, client_id: str) -> bool:
        """Whether a record of this person at this client is one of them."""
        return self.subject in (None, subject) and self.client_id in (None, client_id)

    def person(self) -> str:
        """The subject, for a store that cannot list what is of a client alone."""
        if self.subject is None:
            raise ValueError("this store lists what is of a person, not what is of a client: `Store.lists_by_client`")
        return self.subject
