"""zitadel/oidc, its relying party in Go."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
package main

import (
    "context"
    "net/http"

    "github.com/google/uuid"
    "github.com/zitadel/oidc/v3/pkg/client/rp"
    httphelper "github.com/zitadel/oidc/v3/pkg/http"
    "github.com/zitadel/oidc/v3/pkg/oidc"
)

type signedIn = rp.CodeExchangeUserinfoCallback[*oidc.IDTokenClaims, *oidc.UserInfo]

func avouch(ctx context.Context, key []byte, then signedIn) error {
    cookies := httphelper.NewCookieHandler(key, key)
@on_http@    cookies = httphelper.NewCookieHandler(key, key, httphelper.WithUnsecure())
    provider, err := rp.NewRelyingPartyOIDC(
        ctx,
        @issuer@,
        @client_id@,
        @client_secret@,
        @redirect_uri@,
        []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail},
        rp.WithCookieHandler(cookies),
        rp.WithPKCE(cookies),
    )
    if err != nil {
        return err
    }
    http.Handle("/login", rp.AuthURLHandler(uuid.NewString, provider))
    http.Handle(@callback_path@, rp.CodeExchangeHandler(rp.UserinfoCallback(then), provider))
    return nil
}
"""
APPLICATION = Application(
    title="zitadel/oidc (Go)",
    kind="web",
    install="go get github.com/zitadel/oidc/v3 github.com/google/uuid",
    redirect_uris=("https://app.example.com/callback",),
    files=(File(name="avouch.go", language="go", text=TEXT),),
    notes=(
        _("The key is 32 random bytes of your own, for its cookies; then gets the person's claims."),
        _("It sends PKCE only with WithPKCE."),
    ),
    read="zitadel/oidc 3.45, https://github.com/zitadel/oidc/tree/main/example/client/app",
)
