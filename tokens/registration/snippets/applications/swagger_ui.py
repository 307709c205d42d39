"""Swagger UI."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

SWAGGER_INITIALIZER_JS = """\
const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  oauth2RedirectUrl: @redirect_uri@,
});
ui.initOAuth({
  clientId: @client_id@,
  scopes: "openid profile email",
  usePkceWithAuthorizationCodeGrant: true,
});
"""
OPENAPI_JSON = """\
{
  "components": {
    "securitySchemes": {
      "avouch": {
        "type": "openIdConnect",
        "openIdConnectUrl": @discovery@
      }
    }
  }
}
"""
APPLICATION = Application(
    title="Swagger UI",
    kind="spa",
    redirect_uris=("https://api.example.com/docs/oauth2-redirect.html",),
    redirect_path="/oauth2-redirect.html",
    files=(
        File(name="swagger-initializer.js", language="javascript", text=SWAGGER_INITIALIZER_JS),
        File(name="openapi.json", language="json", text=OPENAPI_JSON),
    ),
    notes=(
        _("Of openapi.json this is only the part that names the provider."),
        _("Opened before it has read that address, its Authorize dialog is empty: open it again."),
    ),
    read="Swagger UI 5, https://github.com/swagger-api/swagger-ui/blob/master/docs/usage/oauth2.md",
)
