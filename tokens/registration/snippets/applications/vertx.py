"""Vert.x, its OAuth2 handler."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.auth.oauth2.OAuth2Options;
import io.vertx.ext.auth.oauth2.providers.OpenIDConnectAuth;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.OAuth2AuthHandler;
import java.util.List;

class Avouch {
  static Future<OAuth2AuthHandler> handler(Vertx vertx, Router router) {
    OAuth2Options options = new OAuth2Options()
      .setSite(@issuer@)
      .setClientId(@client_id@)
      .setClientSecret(@client_secret@);
    return OpenIDConnectAuth.discover(vertx, options).map(provider ->
      OAuth2AuthHandler.create(vertx, provider, @redirect_uri@)
        .setupCallback(router.get(@callback_path@))
        .withScopes(List.of("openid", "profile", "email"))
        .pkceVerifierLength(64));
  }
}
"""
APPLICATION = Application(
    title="Vert.x",
    kind="web",
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="Avouch.java", language="java", text=TEXT),),
    notes=(
        _('A SessionHandler comes before it: router.route("/protected/*").handler(…) with what it answers.'),
        _("It sends PKCE only with pkceVerifierLength. It reads the ID token: keep the claims there."),
    ),
    read="Vert.x 5.0, https://vertx.io/docs/vertx-web/java/#_oauth2authhandler_handler",
)
