"""What a client authentication method is: how a request presents itself by it, and what proves that it is right."""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from tokens.protocol.jose import Jws
from tokens.protocol.jwks import VerifyingKey
from tokens.protocol.records import Client

Proof = TypeVar("Proof")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """All of a request that can show which client it comes from, and what that is judged by before anybody is asked."""

    authorization: str | None
    """The Authorization header."""
    form: Mapping[str, str]
    audiences: Callable[[], Set[str]]
    """The addresses of this server that a client's own statement may be meant for, where one came."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Presented(Generic[Proof]):
    """Who a request says it is, by which method it wants to show it, and what it shows."""

    method: str
    client_id: str
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What proofs are compared with. `peppers`: their id → the key of a secret's digest; `keys`: the client's own, of
    which one may have signed what is shown."""

    peppers: Mapping[str, bytes]
    now: datetime
    keys: Callable[[Client, Jws], Iterable[VerifyingKey]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Generic[Proof]):
    """`present`: what a request presents that uses this method; raises InvalidClient or InvalidRequest for what cannot
    be read. `proves`: whether that is the client's proof, if it may come in another way too; it does the same work for
    None, which stands for a client that is not there or is disabled.
    """

    credential: Literal["client_secret", "jwks", "none"]
    """What such a client registers: a secret that we give it, keys of its own, or nothing, which makes it public."""
    present: Callable[[Credentials], Presented[Proof]]
    proves: Callable[[Proof, Client | None, Evidence], bool]
    header: bool = False
    """Whether a request with an Authorization header uses it, with any scheme: a client that sends another one is
    told which is ours."""
    parameters: frozenset[str] = frozenset()
    """A form that has one of these uses it."""
    conflict: str = "one authentication method a request"
    """The error's description where a request uses a method that stands before this one in the table, too."""
