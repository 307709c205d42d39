"""What `doctor` sees of mail: whether the server takes ours, and one mail to try the whole way."""

import uuid
from collections.abc import Iterator

from django.conf import settings

from accounts import mail_queue
from accounts.conf import mail_conf
from accounts.ground import clock
from accounts.mail.message import compose
from accounts.mail.ways import Away, Later, Refused, connected, way
from idp.node.finding import Finding, Size

REMEDY = "start it, or check IDP_MAIL_URL"
LATE = 300.0
"""Seconds that a mail waits, after which something is wrong."""


def mail(size: Size) -> Iterator[Finding]:
    """Whether we may send there: the greeting, TLS, user and password. No mail is sent."""
    server, folder = mail_conf().url, mail_conf().folder
    if folder is not None:
        yield Finding("ok", f"it goes into {folder}")
    elif server is None:
        yield Finding("ok", "none is sent: neither IDP_MAIL_URL nor IDP_MAIL_FOLDER is set")
    else:
        try:
            connected(server).quit()
        except Away as away:
            yield Finding("error", f"{server.hostname}:{server.port}: {away}", REMEDY)
        else:
            yield Finding("ok", f"{server.hostname}:{server.port} would take it")


def queue(size: Size) -> Iterator[Finding]:
    """Whether what was written is sent."""
    oldest, _, given_up = mail_queue.standing()
    if oldest > LATE:
        yield Finding("error", f"one has waited for {oldest / 60:.0f} minutes", f"{REMEDY}, and whether a worker runs")
    if given_up:
        fault = mail_queue.last_fault() or "nobody sent it in time"
        yield Finding("warning", f"{given_up} were given up lately, the last because {fault}", "the log has their ids")


def trial(address: str) -> Finding:
    """Sends one, at once, to an address of ASCII."""
    if not mail_conf().offered:
        return Finding("error", "none can be sent", "set IDP_MAIL_URL")
    message = compose("trial", address, settings.LANGUAGE_CODE, {}, key=uuid.uuid4(), created=clock.now())
    try:
        with way() as send:
            send(message)
    except (Refused, Later, Away) as error:
        return Finding("error", f"to {address}: {error}", REMEDY)
    return Finding("ok", f"to {address}: sent as {message['Message-ID']}")
