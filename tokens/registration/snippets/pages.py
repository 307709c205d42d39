"""docs/connect/, made from the applications themselves: `python -m tokens.registration.snippets.pages` writes it."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

from tokens.protocol import client_metadata
from tokens.protocol.records import Client, Protection
from tokens.registration.kinds import KINDS
from tokens.registration.snippets import markdown
from tokens.registration.snippets.application import Application
from tokens.registration.snippets.snippet import mark, snippet
from tokens.registration.snippets.table import APPLICATIONS

FOLDER = Path("docs/connect")
ISSUER = "https://id.example.com"
ADDRESSES = {
    "issuer": ISSUER,
    "discovery": f"{ISSUER}/.well-known/openid-configuration",
    "authorization_endpoint": f"{ISSUER}/oauth2/authorize",
    "end_session_endpoint": f"{ISSUER}/oauth2/logout",
    "token_endpoint": f"{ISSUER}/oauth2/token",
    "userinfo_endpoint": f"{ISSUER}/oauth2/userinfo",
    "introspection_endpoint": f"{ISSUER}/oauth2/introspect",
    "revocation_endpoint": f"{ISSUER}/oauth2/revoke",
    "jwks_uri": f"{ISSUER}/oauth2/jwks",
}
"""What tokens.urls.addresses tells of a deployment with this issuer."""
SENDS: Mapping[Protection, str] = {
    "pkce": "It sends PKCE: the client may require it.",
    "nonce": "It sends a nonce and no PKCE: the client may ask for `pkce_or_nonce`, and not for more.",
    "neither": "It sends neither PKCE nor a nonce: the client's `pkce` has to stay `optional`.",
}
MADE = "<!-- Made by `python -m tokens.registration.snippets.pages`; a test keeps it fresh. -->"
INDEX = f"""# Connect an application

{MADE}

A page for each application, with what to register, what to paste, and often what starts it in development. With the
real values in it:

- the page of a client in the admin shows all that suit the client; right after it was made, with its secret;
- `createclient … --snippet NAME` prints one beside the new client, on stderr, with its secret, this once;
- `clients show CLIENT_ID --snippet NAME` prints it later, with the secret's place marked.

The secret is a password: it belongs into a file that is not in your repository, or into the environment.

An application that is not here needs the discovery address (`ISSUER/.well-known/openid-configuration`), the client's id
and secret, and its own redirect URI, registered letter by letter. The response type is `code`.

| application | NAME | kind | its redirect URI, for example | it sends |
|---|---|---|---|---|
"""


def pages() -> dict[str, str]:
    """The text of each file, by its name."""
    return {"README.md": index(), **{f"{name}.md": page(name, each) for name, each in APPLICATIONS.items()}}


def index() -> str:
    return INDEX + "".join(_row(name, each) for name, each in APPLICATIONS.items())


def page(name: str, application: Application) -> str:
    return "\n".join(_page(name, application)) + "\n"


def _row(name: str, application: Application) -> str:
    uris = " ".join(f"`{uri}`" for uri in application.redirect_uris)
    sends = application.sends if uris else ""
    return f"| [{application.title}]({name}.md) | `{name}` | {application.kind} | {uris} | {sends} |\n"


def _page(name: str, application: Application) -> Iterator[str]:
    yield from (f"# {application.title}", "", MADE, "", "Make its client:", "")
    yield f"    {_command(name, application)}"
    yield ""
    if application.redirect_path:
        yield from (f"It decides where its redirect URI ends: `{application.redirect_path}`.", "")
    yield from ("Then:", "")
    yield from markdown.lines(snippet(application, _client(application), ADDRESSES))
    if application.redirect_uris:
        yield f"- {SENDS[application.sends]}"
    yield from ("", f"Read for this: {application.read}.")


def _command(name: str, application: Application) -> str:
    uris = [part for uri in application.redirect_uris for part in ("--redirect-uri", uri)]
    named = ["--kind", application.kind, "--name", application.title]
    return shlex.join(["python3", "manage.py", "createclient", *named, *uris, "--snippet", name])


def _client(application: Application) -> Client:
    members = client_metadata.read(KINDS[application.kind].members)
    uris = application.redirect_uris
    return Client(client_id=mark("client_id"), client_name=application.title, redirect_uris=uris, **members)


if __name__ == "__main__":
    settings.configure(USE_I18N=False)
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.md"):
        old.unlink()
    for file, text in pages().items():
        (FOLDER / file).write_text(text)
