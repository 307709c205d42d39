"""An application's files with the values of a client in their places, and what stands in the way of the two."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from tokens.protocol import pkce
from tokens.protocol.errors import InvalidRequest
from tokens.protocol.records import Client, Pkce
from tokens.registration.snippets.application import Application, File
from tokens.registration.snippets.literals import LITERALS, Unspeakable

ON_HTTP = "@on_http@"
PORT = 3000
"""Where an application listens whose redirect URI names no port: behind a proxy, at any."""
_PLACE = re.compile(r"@([a-z_]+)@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A file as it is shown. `marked`: the names of the values for which only a mark stands there."""

    name: str
    language: str
    text: str
    marked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """`run`: what starts it. `remarks`: what has to change before the two fit."""

    application: Application
    files: tuple[Filled, ...]
    run: str
    remarks: tuple[str, ...]


def snippet(
    application: Application,
    client: Client,
    addresses: Mapping[str, str],
    client_secret: str | None = None,
    floor: Pkce = "optional",
) -> Snippet:
    """`addresses`: `issuer`, `discovery` and the endpoints by their members of the metadata. Without `client_secret`
    its place is marked. `floor`: of PKCE, the deployment's."""
    values = {**addresses, **values_of(application, client), "client_secret": client_secret or ""}
    files = tuple(_filled(file, values) for file in application.files)
    run = _filled(File(name="", language="sh", text=application.run), values).text
    remarks = tuple(_remarks(application, client, files, floor))
    return Snippet(application=application, files=files, run=run, remarks=remarks)


def values_of(application: Application, client: Client) -> dict[str, str]:
    """What the client's record says. `base_url`: where the application is, without a slash at its end; `host`: its
    name alone; `port`: where it listens."""
    redirect_uri = application.redirect_uri(client)
    parts = urlsplit(redirect_uri)
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    base_url = redirect_uri.removesuffix(application.redirect_path)
    return {
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "callback_path": parts.path or "/",
        "base_url": base_url if application.is_expected_by(client) else origin,
        "host": parts.hostname or "",
        "port": str(parts.port or PORT),
    }


def mark(name: str) -> str:
    """What stands in the place of a value that is not written."""
    return f"PUT-THE-{name.upper().replace('_', '-')}-HERE"


def _filled(file: File, values: Mapping[str, str]) -> Filled:
    say, marked = LITERALS[file.language], dict[str, None]()

    def literal(place: re.Match[str]) -> str:
        try:
            return say(values[place[1]] or mark(place[1]))
        except Unspeakable:
            marked[place[1]] = None
            return say(mark(place[1]))

    text = _PLACE.sub(literal, "".join(_lines(file.text, on_http=values["issuer"].startswith("http:"))))
    return Filled(name=file.name, language=file.language, text=text, marked=tuple(marked))


def _lines(text: str, *, on_http: bool) -> Iterator[str]:
    for line in text.splitlines(keepends=True):
        if on_http or not line.startswith(ON_HTTP):
            yield line.removeprefix(ON_HTTP)


def _remarks(application: Application, client: Client, files: tuple[Filled, ...], floor: Pkce) -> Iterator[str]:
    title, path = application.title, application.redirect_path
    if path and not application.is_expected_by(client):
        yield _("%(title)s needs a redirect URI that ends with %(path)s, and the client has none.") % {
            "title": title,
            "path": path,
        }
    try:
        pkce.check_demand(pkce.demanded(client, floor), application.sends, openid=True)
    except InvalidRequest:
        yield _("The client has to send more than %(title)s does: let its pkce ask for less.") % {"title": title}
    for file in files:
        for name in file.marked:
            yield _("%(file)s has no safe way to say the value of %(name)s: write it there by hand.") % {
                "file": file.name,
                "name": name,
            }
