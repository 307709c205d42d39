"""Spring Security in Spring Boot."""

from django.utils.translation import gettext_lazy as _

from tokens.registration.snippets.application import Application, File

TEXT = """\
spring:
  security:
    oauth2:
      client:
        registration:
          avouch:
            client-id: @client_id@
            client-secret: @client_secret@
            scope: openid, profile, email
        provider:
          avouch:
            issuer-uri: @issuer@
            user-name-attribute: preferred_username
"""
APPLICATION = Application(
    title="Spring Boot",
    kind="web",
    redirect_uris=("https://app.example.com/login/oauth2/code/avouch",),
    redirect_path="/login/oauth2/code/avouch",
    files=(File(name="application.yaml", language="yaml", text=TEXT),),
    notes=(
        _("The starter is spring-boot-starter-oauth2-client; in Boot 4, spring-boot-starter-security-oauth2-client."),
        _("Behind a proxy: server.forward-headers-strategy=framework. Boot 4 sends PKCE too."),
    ),
    sends="nonce",
    read="Spring Boot 3.5 and 4.0, https://docs.spring.io/spring-security/reference/servlet/oauth2/login/core.html",
)
