"""An application that people sign in to here: what its client has to be, and the files that configure it."""

from dataclasses import dataclass

from django.utils.functional import Promise

from tokens.protocol.client_authentication import SECRET_METHODS
from tokens.protocol.records import Client, Protection
from tokens.registration.kinds import kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """`language`: a key of LITERALS. `text`: a template, where `@issuer@` stands for a whole literal, and a line that
    begins with `@on_http@` is there only where the issuer is not served by https, in development."""

    name: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """`kind`: of its client, a key of KINDS. `redirect_uris`: an example of each that it needs. `redirect_path`: what
    the first of them ends with, where the application decides that. `sends`: what ties its codes to its sign-ins, set
    up as here. `install`: the command of a package manager. `run`: a template of what starts it in development.
    `read`: the version whose documents were read, and where they are."""

    title: str
    kind: str
    files: tuple[File, ...]
    read: str
    redirect_uris: tuple[str, ...] = ()
    redirect_path: str = ""
    sends: Protection = "pkce"
    install: str = ""
    run: str = ""
    notes: tuple[str | Promise, ...] = ()

    @property
    def needs_secret(self) -> bool:
        return any("@client_secret@" in file.text for file in self.files)

    def suits(self, client: Client) -> bool:
        """Whether the client is of its kind, and has a secret where this needs one."""
        has_secret = client.token_endpoint_auth_method in SECRET_METHODS
        return kind_of(client) == self.kind and (has_secret or not self.needs_secret)

    def redirect_uri(self, client: Client) -> str:
        """The one of the client's that it will use; empty where there is none."""
        fitting = (uri for uri in client.redirect_uris if uri.endswith(self.redirect_path))
        return next(fitting, next(iter(client.redirect_uris), ""))

    def is_expected_by(self, client: Client) -> bool:
        """Whether the client has a redirect URI that only this application, or few, would have."""
        return bool(self.redirect_path) and self.redirect_uri(client).endswith(self.redirect_path)
