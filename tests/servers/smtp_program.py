"""A server that takes mail: aiosmtpd, with a handler that does as the recipient's address says. It runs in the
environment of `tests/servers/smtp.py`, and not in ours.

`python smtp_program.py FOLDER PORT [CERTIFICATE KEY]` puts each mail into the folder. With a certificate nothing is
taken before STARTTLS and AUTH, as USER with PASSWORD.
"""

import asyncio
import importlib
import ssl
import sys
from itertools import count
from pathlib import Path
from typing import Any

USER, PASSWORD = "idp", "p/w:@"
aiosmtpd: Any = importlib.import_module("aiosmtpd.smtp")  # of that environment alone


class Handler:
    """The part of an address before the @ says what happens. `550-rcpt`, `451-data`, `554-5.7.1-rcpt` and their like:
    that is the reply, to the address or to the mail. `hang`: the mail is taken, and the answer waits for a file `go`.
    `closes`: the connection ends instead of an answer. Anything else is taken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count(1)

    async def handle_RCPT(  # noqa: N802 aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        reply, _, when = address.partition("@")[0].rpartition("-")
        if when == "rcpt":
            return f"{reply.replace('-', ' ')} by order"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        order = envelope.rcpt_tos[0].partition("@")[0]
        reply, _, when = order.rpartition("-")
        if when == "data":
            return f"{reply.replace('-', ' ')} by order"
        if order == "closes":
            server.transport.abort()
            return "421 closed"
        name = f"{next(self.numbers):03}-{session.peer[1]}"
        draft = self.folder / f".{name}"
        draft.write_bytes(envelope.original_content)
        draft.rename(self.folder / f"{name}.eml")
        while order == "hang" and not (self.folder / "go").exists():
            await asyncio.sleep(0.02)  # polls for the file
        return "250 taken"


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return aiosmtpd.AuthResult(success=right, handled=right)


async def serve(folder: Path, port: int, *certificate: str) -> None:
    options: dict[str, Any] = {"hostname": "mail.example"}
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*certificate)
        options |= {"tls_context": tls, "require_starttls": True, "auth_required": True, "authenticator": authenticate}
    handler = Handler(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: aiosmtpd.SMTP(handler, **options), "127.0.0.1", port
    )
    (folder / "ready").touch()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]))
