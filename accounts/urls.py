"""Home and the account pages."""

from django.urls import include, path

from accounts.views import change_address, look, password_reset, second_step, sign_up
from accounts.views.authenticator import authenticator, recovery_codes
from accounts.views.change_password import change_password, well_known
from accounts.views.home import home
from accounts.views.new_password import new_password
from accounts.views.offer_passkey import offer_passkey
from accounts.views.passkey import passkey
from accounts.views.passkeys import passkeys
from accounts.views.passkeys import well_known as passkey_endpoints
from accounts.views.reauthenticate import reauthenticate
from accounts.views.sessions import sessions
from accounts.views.sign_in import sign_in, switched_off
from accounts.views.sign_out import sign_out
from accounts.views.step_up import step_up
from accounts.views.ways_in import ways_in

account = [
    path("login/", sign_in, name="sign_in"),
    path("logout/", sign_out, name="sign_out"),
    path("sessions/", sessions, name="sessions"),
    path("second-step/", second_step.answer, name="second_step"),
    path("step-up/", step_up, name="step_up"),
    path("authenticator/", authenticator, name="authenticator"),
    path("recovery-codes/", recovery_codes, name="recovery_codes"),
    path("inactive/", switched_off, name="switched_off"),
    path("reauthenticate/", reauthenticate, name="reauthenticate"),
    path("sign-up/", sign_up.address, name="sign_up"),
    path("sign-up/code/", sign_up.code, name="sign_up_code"),
    path("sign-up/new/", sign_up.new, name="sign_up_new"),
    path("sign-up/invited/", sign_up.invited, name="sign_up_invited"),
    path("address/", change_address.address, name="change_address"),
    path("address/code/", change_address.code, name="change_address_code"),
    path("ways-in/", ways_in, name="ways_in"),
    path("password/change/", change_password, name="change_password"),
    path("password/reset/", password_reset.reset, name="password_reset"),
    path("password/reset/code/", password_reset.code, name="password_reset_code"),
    path("password/reset/new/", password_reset.new, name="password_reset_new"),
    path("password/new/", new_password, name="new_password"),
    path("passkeys/", passkeys, name="passkeys"),
    path("passkeys/offer/", offer_passkey, name="offer_passkey"),
    path("passkeys/one/", passkey, name="passkey"),
    path("look/<str:named>/pages.css", look.css, name="own_stylesheet"),
    path("look/<str:named>/logo", look.logo, name="own_logo"),
]
urlpatterns = [
    path("", home, name="home"),
    path("accounts/", include(account)),
    path(".well-known/change-password", well_known),
    path(".well-known/passkey-endpoints", passkey_endpoints),
]
