"""Home and the account pages. allauth's names, since it reverses them; what is not listed is not offered."""

from django.urls import include, path

from accounts.views.home import home
from accounts.views.new_password import new_password
from accounts.views.sign_in import inactive, login, logout, password_change, reauthenticate

account = [
    path("login/", login, name="account_login"),
    path("logout/", logout, name="account_logout"),
    path("inactive/", inactive, name="account_inactive"),
    path("reauthenticate/", reauthenticate, name="account_reauthenticate"),
    path("password/change/", password_change, name="account_change_password"),
    path("password/new/", new_password, name="new_password"),
]
urlpatterns = [path("", home, name="home"), path("accounts/", include(account))]
