"""The options of `manage.py up`: other names for `IDP_*`, understood before anything is installed."""

import argparse
import os

SETTINGS = {"host": "IDP_HOST", "port": "IDP_PORT", "data": "IDP_DATA", "base_url": "IDP_BASE_URL"}


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options given; ends the program as argparse does when they are wrong or help is asked for."""
    parser = argparse.ArgumentParser("manage.py up", description="Runs the provider on this machine until Ctrl-C.")
    parser.add_argument("--host", help="address to listen on (IDP_HOST, 127.0.0.1)")
    parser.add_argument("--port", help="port to listen on; 0 takes a free one (IDP_PORT, 8000)")
    parser.add_argument("--data", metavar="DIR", help="folder of the database and the secrets (IDP_DATA, ./data)")
    parser.add_argument("--base-url", metavar="URL", help="the issuer (IDP_BASE_URL, http://localhost:PORT)")
    parser.add_argument("--demo", action="store_true", help="also serve a small relying party to sign in with")
    return parser.parse_args(arguments)


def to_environment(flags: argparse.Namespace) -> None:
    """An option overrules the environment."""
    for option, name in SETTINGS.items():
        if (value := getattr(flags, option)) is not None:
            os.environ.pop(f"{name}_FILE", None)
            os.environ[name] = value
