"""What a reason for a refusal is."""

from dataclasses import dataclass

from tokens.protocol.errors import OAuthError


@dataclass(frozen=True, slots=True)
class Reason:
    """`says` is the description that the client's developer gets, in which `{name}` stands for what the refusal fills
    in; `mend` is what they have to do, on the page of errors."""

    error: type[OAuthError]
    says: str
    mend: str
    """In which code stands between backticks."""

    @property
    def parts(self) -> list[str]:
        """What to do in parts, of which every second one is code."""
        return self.mend.split("`")
