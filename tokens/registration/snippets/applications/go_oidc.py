"""go-oidc with golang.org/x/oauth2."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
package main

import (
    "context"

    "github.com/coreos/go-oidc/v3/oidc"
    "golang.org/x/oauth2"
)

func avouch(ctx context.Context) (*oauth2.Config, *oidc.IDTokenVerifier, error) {
    provider, err := oidc.NewProvider(ctx, @issuer@)
    if err != nil {
        return nil, nil, err
    }
    config := &oauth2.Config{
        ClientID:     @client_id@,
        ClientSecret: @client_secret@,
        RedirectURL:  @redirect_uri@,
        Endpoint:     provider.Endpoint(),
        Scopes:       []string{oidc.ScopeOpenID, "profile", "email"},
    }
    return config, provider.Verifier(&oidc.Config{ClientID: config.ClientID}), nil
}
"""
APPLICATION = Application(
    title="go-oidc",
    kind="web",
    install="go get github.com/coreos/go-oidc/v3/oidc golang.org/x/oauth2",
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="avouch.go", language="go", text=TEXT),),
    notes=(
        _(
            "For PKCE keep verifier := oauth2.GenerateVerifier() in the session, and give "
            "config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)) and config.Exchange(ctx, code, "
            "oauth2.VerifierOption(verifier))."
        ),
    ),
    sends="neither",
    read="go-oidc 3.16, https://pkg.go.dev/github.com/coreos/go-oidc/v3/oidc",
)
