"""What the tuned one is told by code, in the way that its documentation shows."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator


class Validator(OAuth2Validator):
    def get_additional_claims(self, request: Any) -> dict[str, object]:
        """Of the scopes profile and email."""
        user = request.user
        return {"preferred_username": user.username, "name": user.username, "email": user.email}

    def rotate_refresh_token(self, request: Any) -> bool:
        """For public clients, as the others do."""
        return bool(request.client.client_type == "public")
