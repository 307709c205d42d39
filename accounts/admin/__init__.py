"""The admin of people, their groups and their sign-ins, and the site that every admin page is on. Owns pages and forms;
`accounts.sessions` and the models decide and write."""

from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.admin.groups import PeopleGroupAdmin
from accounts.admin.login_sessions import LoginSessionAdmin
from accounts.admin.mails import MailAdmin
from accounts.admin.people import UserAdmin
from accounts.models import LoginSession, Mail, PeopleGroup, User


def register() -> None:
    admin.site.register(User, UserAdmin)
    admin.site.register(PeopleGroup, PeopleGroupAdmin)
    admin.site.register(LoginSession, LoginSessionAdmin)
    admin.site.register(Mail, MailAdmin)
    # Importing Django's own UserAdmin registers it.
    if admin.site.is_registered(Group):
        admin.site.unregister(Group)
