"""The server that takes our mail, as an operator writes it (`IDP_MAIL_URL`), and an address that a mail has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from accounts.ground.hosts import host, is_loopback

PORTS: Mapping[str, int] = {"smtp": 587, "smtps": 465}
"""Of each scheme (RFC 6409 §3.1, RFC 8314 §3.3)."""
CA = "ssl_ca_certs"
SHAPE = "it is not smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://…"
"""No fault repeats any of the URL: what stands where a host is looked for may be a password."""
_LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_LONGEST_LOCAL_PART = 64  # octets, RFC 5321 §4.5.3.1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """`tls`: whether TLS comes before anything is said. `ssl_ca_certs`: the file of the authorities to trust, in place
    of this machine's."""

    hostname: str
    port: int
    tls: bool
    username: str = ""
    password: str = field(default="", repr=False)
    ssl_ca_certs: str = ""

    @property
    def starttls(self) -> bool:
        """Whether nothing is told before STARTTLS (RFC 3207). On loopback nobody listens: there it is only for who
        names an authority."""
        return not self.tls and (not is_loopback(self.hostname) or bool(self.ssl_ca_certs))


def mail_server(text: str) -> MailServer:
    """The server that the URL names. ValueError says what is wrong with it."""
    try:
        parts = urlsplit(text)
        named, port, said = host(parts.hostname or ""), parts.port, dict(parse_qsl(parts.query, strict_parsing=True))
    except ValueError:
        raise ValueError(SHAPE) from None
    if parts.scheme not in PORTS or port == 0 or parts.path.strip("/") or parts.fragment:
        raise ValueError(SHAPE)
    if {*said} - {CA}:
        raise ValueError(f"the one option that it may end with is ?{CA}=PATH")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("a user and a password belong together")
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (username + password).isascii() or not (username + password).isprintable():
        # What other letters are as bytes, servers do not agree on (RFC 4616 §2, RFC 4954 §4).
        raise ValueError("a user and a password are of the letters, digits and signs of ASCII")
    return MailServer(
        hostname=named,
        port=PORTS[parts.scheme] if port is None else port,
        tls=parts.scheme == "smtps",
        username=username,
        password=password,
        ssl_ca_certs=said.get(CA, ""),
    )


def mail_address(text: str) -> str:
    """An address of ASCII, as every server takes it. ValueError says what is wrong with it."""
    local_part, _, domain = text.rpartition("@")
    if len(local_part) > _LONGEST_LOCAL_PART or not _LOCAL_PART.fullmatch(local_part):
        raise ValueError(f"{text!r} is not an address such as no-reply@idp.example")
    return f"{local_part}@{host(domain)}"


def in_ascii(address: str) -> str:
    """The address as every server takes it: a domain of other letters as IDNA writes it (RFC 5891 §4.4). ValueError
    where the part before the @ has other letters, which only some servers take (RFC 6531), or where it is none."""
    local_part, _, domain = address.rpartition("@")
    domain = domain.lower()
    try:
        ascii_domain = domain.encode("idna")
        is_it = ascii_domain.decode("idna") == domain
    except UnicodeError:
        raise ValueError("its domain cannot be written in ASCII") from None
    if not is_it:
        # Python's codec is of IDNA 2003, which writes some domains, of an ß, say, as others that are somebody else's.
        raise ValueError("its domain can be meant in two ways")
    return mail_address(f"{local_part}@{ascii_domain.decode()}")
