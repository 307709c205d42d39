"""The issuer that `up` serves from a data folder, kept there: a command in another terminal, which was told no port,
writes links and addresses that lead to it."""

from collections.abc import MutableMapping

from idp.conf import Deployment
from idp.env import Reader

FILE = "issuer"
NAMES = ("IDP_BASE_URL", "IDP_PORT")


def keep(deployment: Deployment) -> None:
    """Notes what is served now. OSError where the folder cannot be written."""
    (deployment.data / FILE).write_text(f"{deployment.issuer}\n")


def to_environment(environ: MutableMapping[str, str]) -> None:
    """Sets the base URL to what `up` serves, or served last, where the environment says nothing of it. An https one is
    left alone: it needs more settings, and whoever has those has this one among them."""
    if any(name in environ or f"{name}_FILE" in environ for name in NAMES):
        return
    data = Reader(environ).section(Deployment, "IDP_").data
    try:
        issuer = (data / FILE).read_text().strip()
    except (OSError, UnicodeDecodeError):
        return
    if issuer.startswith("http://"):
        environ["IDP_BASE_URL"] = issuer
