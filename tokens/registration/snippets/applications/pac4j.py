"""pac4j."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import org.pac4j.core.config.Config;
import org.pac4j.core.http.callback.NoParameterCallbackUrlResolver;
import org.pac4j.oidc.client.OidcClient;
import org.pac4j.oidc.config.OidcConfiguration;

class Avouch {
  static Config config() {
    OidcConfiguration configuration = new OidcConfiguration();
    configuration.setDiscoveryURI(@discovery@);
    configuration.setClientId(@client_id@);
    configuration.setSecret(@client_secret@);
    configuration.setScope("openid profile email");
    OidcClient client = new OidcClient(configuration);
    client.setCallbackUrl(@redirect_uri@);
    client.setCallbackUrlResolver(new NoParameterCallbackUrlResolver());
    return new Config(client);
  }
}
"""
APPLICATION = Application(
    title="pac4j",
    kind="web",
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="Avouch.java", language="java", text=TEXT),),
    notes=(
        _(
            "By its default it adds ?client_name=OidcClient to the redirect URI, which is then another one than was "
            "registered. With this resolver the callback has to be told the client: defaultClient is OidcClient."
        ),
    ),
    read="pac4j 6, https://www.pac4j.org/docs/clients/openid-connect.html",
)
