"""tokens.protocol stands by itself."""

import subprocess
import sys

SOURCE = """
import importlib, pkgutil, sys
import tokens.protocol
for module in pkgutil.iter_modules(tokens.protocol.__path__):
    importlib.import_module(f"tokens.protocol.{module.name}")
strangers = ("django", "accounts", "idp", "oauth2_provider", "psycopg", "redis")
print(sorted(name for name in sys.modules if name.partition(".")[0] in strangers))
"""


def test_the_protocol_runs_without_django_and_without_a_database_driver() -> None:
    done = subprocess.run([sys.executable, "-c", SOURCE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['accounts', 'accounts.ground', 'accounts.ground.shown_text']"
