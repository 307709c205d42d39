"""What lies in deploy/, read."""

import re

from idp.local.command_lines import ROOT

DEPLOY = ROOT / "deploy"


def gunicorn_setting(name: str) -> int:
    """A number that deploy/gunicorn.conf.py sets."""
    match = re.search(rf"^{name} = (\d+)$", (DEPLOY / "gunicorn.conf.py").read_text(), re.MULTILINE)
    if match is None:
        raise LookupError(name)
    return int(match[1])
