"""The server's four secrets: files of `id:key` lines, the first line in use, the others still read (rotation).

| file | what it keeps | losing it |
|---|---|---|
| sealing | signing keys and mails at rest | the signing keys are lost, and mails that wait |
| pepper | client secrets' hashes, MACs of handles and refresh tokens | every client needs a new secret |
| secret_key | Django's signatures | forms and cookies in flight are refused |
| pairwise_salt | pairwise subjects | every pairwise subject changes: it never rotates |

`python3 -m idp.secrets FOLDER` makes those that are missing; it needs nothing but Python.
"""

import base64
import binascii
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

NAMES = ("sealing", "pepper", "secret_key", "pairwise_salt")
KEY_BYTES = 32


def create(folder: Path) -> list[str]:
    """Makes the secrets that are missing, readable by the owner only; their names. Never touches one that is there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    created = []
    for name in NAMES:
        draft = folder / f".{name}.{secrets.token_hex(8)}"
        draft.touch(mode=0o600)
        draft.write_text(f"1:{base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n")
        try:
            # A link is made whole or not at all, and never over a file: two starts at once agree on one secret.
            os.link(draft, folder / name)
            created.append(name)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return created


def read(folder: Path, *, missing: bool = False) -> tuple[Mapping[str, Mapping[str, bytes]], list[str]]:
    """Every secret as id → key, in the file's order, and a line a fault. `missing`: that one is missing is none."""
    keys: dict[str, Mapping[str, bytes]] = {}
    faults = []
    for name in NAMES:
        try:
            keys[name] = _parse((folder / name).read_text())
        except (FileNotFoundError, NotADirectoryError):
            if not missing:
                faults.append(
                    f"IDP_SECRETS: {folder / name} is missing; `manage.py up` makes it once, other nodes need a copy"
                )
        except (OSError, ValueError) as error:
            faults.append(f"IDP_SECRETS: {folder / name}: {error}")
    return keys, faults


def _parse(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for number, line in enumerate(text.split(), 1):
        identifier, separator, encoded = line.partition(":")
        try:
            key = base64.b64decode(encoded, altchars=b"-_", validate=True)
        except binascii.Error:
            key = b""
        if not separator or not identifier or identifier in keys or len(key) < KEY_BYTES:
            raise ValueError(f"line {number} is not a new id, a colon and {KEY_BYTES} bytes in base64url")
        keys[identifier] = key
    if not keys:
        raise ValueError("it is empty")
    return keys


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python3 -m idp.secrets FOLDER", file=sys.stderr)
        return 2
    created = create(Path(arguments[0]))
    print(f"made: {', '.join(created)}" if created else "all four are there already")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
