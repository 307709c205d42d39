"""Who was given anything in a session, or at all: what an end of either is told to."""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts.ground.dynamodb.items import Item, number
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import SK
from tokens.protocol import journal
from tokens.stores.dynamodb.refresh_tokens import TABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """An authorization, as its sign-in and its client are concerned. Instants are microseconds since 1970."""

    authorization_id: str
    client_id: str
    subject: str
    sid: str | None
    root_at: int
    added: int
    """By the clock of the node that added it."""

    def keys(self) -> Iterator[str]:
        """Those of the journal that void its sign-in."""
        yield journal.subject(self.subject)
        if self.sid is not None:
            yield journal.session(self.sid)


def of_session(state: State, sid: str) -> list[Participant]:
    return [_participant(item) for item in state.of(TABLE, f"sid:{sid}")]


def of_subject(state: State, subject: str) -> list[Participant]:
    return [_participant(item) for item in state.of(TABLE, f"subject:{subject}")]


def _participant(item: Item) -> Participant:
    sid = item.get("sid")
    return Participant(
        authorization_id=str(item[SK]),
        client_id=str(item["client_id"]),
        subject=str(item["subject"]),
        sid=str(sid) if sid is not None else None,
        root_at=number(item, "root_at"),
        added=number(item, "added"),
    )
