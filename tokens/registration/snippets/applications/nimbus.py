"""Nimbus OAuth 2.0 SDK with OpenID Connect extensions."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponse;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.net.URI;

class Avouch {
  final OIDCProviderMetadata provider = OIDCProviderMetadata.resolve(new Issuer(@issuer@));
  final ClientID client = new ClientID(@client_id@);
  final Secret secret = new Secret(@client_secret@);
  final URI callback = URI.create(@redirect_uri@);

  Avouch() throws Exception {}

  URI begin(State state, Nonce nonce, CodeVerifier verifier) {
    Scope scope = new Scope("openid", "profile", "email");
    return new AuthenticationRequest.Builder(ResponseType.CODE, scope, client, callback)
        .endpointURI(provider.getAuthorizationEndpointURI())
        .state(state)
        .nonce(nonce)
        .codeChallenge(verifier, CodeChallengeMethod.S256)
        .build()
        .toURI();
  }

  IDTokenClaimsSet end(URI answer, State state, Nonce nonce, CodeVerifier verifier) throws Exception {
    AuthenticationResponse response = AuthenticationResponseParser.parse(answer);
    if (!response.indicatesSuccess() || !state.equals(response.getState())) {
      throw new IllegalStateException("nobody signed in");
    }
    TokenRequest request = new TokenRequest(
        provider.getTokenEndpointURI(),
        new ClientSecretBasic(client, secret),
        new AuthorizationCodeGrant(response.toSuccessResponse().getAuthorizationCode(), callback, verifier));
    OIDCTokenResponse tokens = (OIDCTokenResponse) OIDCTokenResponseParser.parse(request.toHTTPRequest().send());
    return new IDTokenValidator(provider.getIssuer(), client, JWSAlgorithm.RS256, provider.getJWKSetURI().toURL())
        .validate(tokens.getOIDCTokens().getIDToken(), nonce);
  }
}
"""
APPLICATION = Application(
    title="Nimbus SDK",
    kind="web",
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="Avouch.java", language="java", text=TEXT),),
    notes=(_("Keep a new State, Nonce and CodeVerifier in the session of the browser from begin to end."),),
    read="oauth2-oidc-sdk 11, https://connect2id.com/products/nimbus-oauth-openid-connect-sdk/examples",
)
