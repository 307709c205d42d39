"""The endpoints and their pages. A name is the endpoint's key in the metadata without `_endpoint` or `_uri`."""

from django.urls import path

from tokens.views.authorization import authorization
from tokens.views.consent import consent
from tokens.views.discovery import discovery
from tokens.views.end_session import end_session
from tokens.views.introspection import introspection
from tokens.views.jwks import jwks
from tokens.views.revocation import revocation
from tokens.views.select_account import select_account
from tokens.views.token import token
from tokens.views.userinfo import userinfo

front = [
    path("oauth2/authorize", authorization, name="authorization"),
    path("oauth2/consent", consent, name="consent"),
    path("oauth2/select_account", select_account, name="select_account"),
    path("oauth2/logout", end_session, name="end_session"),
]
"""What people are led to: needs a session."""

back = [
    path(".well-known/openid-configuration", discovery, name="discovery"),
    path(".well-known/oauth-authorization-server", discovery),
    path("oauth2/token", token, name="token"),
    path("oauth2/userinfo", userinfo, name="userinfo"),
    path("oauth2/introspect", introspection, name="introspection"),
    path("oauth2/revoke", revocation, name="revocation"),
    path("oauth2/jwks", jwks, name="jwks"),
]
"""What programs ask: knows no cookie."""
