"""What a provider does not have that a module asks for, and why. The module then shows that it is passed over.

Everything else that the plans ask for is asked of both providers alike.
"""

from collections.abc import Mapping

UNSUPPORTED_SCOPES: Mapping[tuple[str, str], str] = {
    ("ours", "address"): "an account has no postal address",
    ("ours", "phone"): "an account has no telephone number",
}
