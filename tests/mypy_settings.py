"""Django's settings for mypy: the real ones, over throwaway secrets."""

import os
import tempfile
from pathlib import Path

from idp import secrets

os.environ.setdefault("IDP_DATA", tempfile.mkdtemp(prefix="mypy-"))
secrets.create(Path(os.environ["IDP_DATA"]) / "secrets")

from idp.settings import *  # noqa: E402, F403
