"""Methods of authentication: what each proves, and so the `amr` and `acr` of a sign-in (OpenID Connect Core §2)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Factor = Literal["knowledge", "possession", "inherence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way to prove who one is."""

    amr: tuple[str, ...]
    """Its names in RFC 8176 §2."""
    factors: tuple[Factor, ...]
    """A passkey that asks for its PIN is two by itself."""
    phishing_resistant: bool = False


METHODS: Mapping[str, Method] = {
    "password": Method(amr=("pwd",), factors=("knowledge",)),
    "totp": Method(amr=("otp",), factors=("possession",)),
    # No name is registered for a look-up secret: it is a password that is good once.
    "recovery_code": Method(amr=("otp",), factors=("possession",)),
    # `pop`: that the key is in hardware (`hwk`) nobody proves. What unlocked it, a PIN or a finger, is not told either.
    "passkey": Method(amr=("pop", "user"), factors=("possession", "inherence"), phishing_resistant=True),
}
"""Another method is a line: `amr`, `acr` and the classes that discovery offers follow from it."""


def known(used: Iterable[str]) -> tuple[str, ...]:
    """Each once, in their order. What is not in the table proves nothing."""
    return tuple(dict.fromkeys(name for name in used if name in METHODS))


def amr(used: Collection[str]) -> tuple[str, ...]:
    """The `amr` of a sign-in by these methods; `mfa` says that they are of more than one factor (RFC 8176 §2)."""
    several = ("mfa",) if are_several(used) else ()
    return tuple(dict.fromkeys([*(name for method in _known(used) for name in method.amr), *several]))


def are_several(used: Collection[str]) -> bool:
    """Whether they are of more than one factor."""
    return len(_factors(used)) > 1


def acr(used: Collection[str], classes: Sequence[str]) -> str:
    """The class of a sign-in by these methods. `classes`: one factor, several, phishing-resistant. The third needs
    several factors too, since a stronger class meets a request for a weaker one."""
    one, several, phishing_resistant = classes
    if not are_several(used):
        return one
    return phishing_resistant if any(method.phishing_resistant for method in _known(used)) else several


def lapsed(names: Sequence[str], classes: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The `acr` and `amr` of a sign-in whose factors were proved too long ago to be more than one. `names`: its `amr`
    then."""
    return classes[0], tuple(name for name in names if name != "mfa")


def carried(
    used: Sequence[str],
    method: str,
    *,
    since_start: timedelta,
    since_proof: timedelta,
    ordinary: timedelta,
    together: timedelta,
) -> tuple[str, ...]:
    """What a sign-in is by, once the method is proved again. What was proved before counts as long as an ordinary
    session lives (`ordinary`, since the sign-in began). Later it counts beside another factor that is proved within
    `together`: else one factor, proved again and again, would keep up the other for good."""
    adds = _factors([method]) - _factors(used)
    if since_start <= ordinary or (adds and since_proof <= together):
        return known([*used, method])
    return known([method])


def reachable(classes: Sequence[str], used: Collection[str] = tuple(METHODS)) -> tuple[str, ...]:
    """The classes that a sign-in can be of by these methods, weakest first."""
    return tuple(classes[: classes.index(acr(used, classes)) + 1])


def _known(used: Collection[str]) -> list[Method]:
    return [METHODS[name] for name in used if name in METHODS]


def _factors(used: Collection[str]) -> set[Factor]:
    return {factor for method in _known(used) for factor in method.factors}
