"""People: `users add`, `invite`, `list`, `enable`, `disable`, `reset-link`, `remove-factors`, `first-admin`. No
password is ever typed in here: who has a reset link, or is invited, chooses one."""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Q

from accounts.factors import removal
from accounts.ground import clock
from accounts.ground.uuids import canonical_uuid
from accounts.ground.verbs import Answer, Typed, Verb, add_verbs, answer, members, table
from accounts.models import User
from accounts.names import same_name_key
from accounts.sign_in import invitations, reset_links, sign_up
from accounts.sign_in.forms import AddressForm
from accounts.signals import is_owed, subject_changed

FIRST_ADMIN = "admin"
OVER = "Open it within an hour; it works once."
INVITED = "The link works once, for seven days."
OWED = (
    "the store of tokens does not answer and has not heard of it: tokens that it keeps work until it has, a few seconds"
    " after it answers again (`tell_endings`)"
)
NO_FACTORS = "there is no second factor, and no passkey"
NAMES = ("name", "given_name", "family_name")


def _add(typed: Typed) -> Answer:
    roles = [_role(name) for name in typed["role"] or ()]
    fields = {name: typed[name] or "" for name in ("email", *NAMES)}
    user = User(username=typed["username"], email_verified=typed["email_verified"], **fields)
    user.is_superuser = typed["superuser"]
    user.is_staff = bool(roles) or user.is_superuser
    return _added(user, roles)


def _added(user: User, roles: list[Group]) -> Answer:
    if user.email_verified and not user.email:
        raise ValidationError({"email_verified": ["there is no e-mail address to be verified"]})
    user.set_unusable_password()
    user.full_clean(exclude=["password"])
    with transaction.atomic():
        user.save()
        user.groups.set(roles)
        link = _link(user)
    told = {**_told(user), "reset_link": link}
    return Answer(lines=[*members(told), f"No password is set yet: the link leads to choosing one. {OVER}"], value=told)


def _invite(typed: Typed) -> Answer:
    if not sign_up.is_offered():
        raise CommandError("IDP_ACCOUNTS_SIGN_UP: nobody makes an account for themselves: `users add` makes one")
    _check_pages()
    address, told = _addressee(typed["address"]), {"address": typed["address"]}
    if typed["print"]:
        link = invitations.make(address)
        return Answer(lines=[link, INVITED], value={**told, "invitation_link": link})
    with transaction.atomic():
        invitations.send(address)
    return Answer(lines=[f"{address} is sent an invitation", INVITED], value=told)


def _addressee(typed: str) -> str:
    form = AddressForm({"address": typed}, most=sign_up.MOST)
    if not form.is_valid():
        raise ValidationError({"address": form.errors["address"]})
    address: str = form.cleaned_data["address"]
    if sign_up.owner_of(address) is not None:
        raise CommandError(f"{address} has an account: `users reset-link` makes a link to choose a password")
    return address


def _list(typed: Typed) -> Answer:
    key = same_name_key(typed["search"])
    rows = User.objects.filter(Q(username_key__contains=key) | Q(email_key__contains=key)).order_by("username_key")
    found = [_told(user) for user in rows.prefetch_related("groups").iterator(1000)]
    cells = [(each["id"], each["username"], each["email"] or "-", ", ".join(_marks(each))) for each in found]
    return Answer(lines=table(cells) or ["there is no such account"], value=found)


def _enable(typed: Typed) -> Answer:
    return _switch(typed, active=True)


def _disable(typed: Typed) -> Answer:
    return _switch(typed, active=False)


def _switch(typed: Typed, *, active: bool) -> Answer:
    """Who is disabled already is disabled once more: somebody may not have heard of it."""
    with transaction.atomic():
        user = User.objects.locked(_user(typed).pk).get()
        changed = user.is_active != active
        if changed:
            user.is_active = active
            user.save(update_fields=["is_active", "updated_at"])
        elif not active:
            subject_changed.send(sender=User, subject=str(user.pk))
    subject = str(user.pk)
    owed = not active and is_owed([subject])
    word = "enabled" if active else f"disabled: every sign-in has ended{'' if owed else ', and all that hangs on one'}"
    line = f"{user.username} is {word}" if changed else "it was so already"
    value = {"id": subject, "active": active, "changed": changed}
    return Answer(lines=[line], value=value, remarks=[OWED] if owed else [], fails=owed)


def _reset_link(typed: Typed) -> Answer:
    user = _user(typed)
    if not user.is_active:
        raise CommandError(f"{user.username} is disabled: `users enable` it first")
    told = {"id": str(user.pk), "username": user.username, "reset_link": _link(user)}
    return Answer(lines=[told["reset_link"], OVER], value=told)


def _remove_factors(typed: Typed) -> Answer:
    user = _user(typed)
    count = removal.remove_all(user)
    lines = [f"removed: {count}. The next sign-in of {user.username} adds a second factor"] if count else [NO_FACTORS]
    owed = bool(count) and is_owed([str(user.pk)])
    value = {"id": str(user.pk), "removed": count}
    return Answer(lines=lines, value=value, remarks=[OWED] if owed else [], fails=owed)


def _first_admin(typed: Typed) -> Answer:
    """A superuser who has not chosen a password yet is this one; a name that is taken by others stays theirs."""
    admins = User.objects.filter(is_superuser=True, is_active=True).order_by("created")
    if admins.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists():
        raise CommandError("there is an admin already: `users add NAME --superuser` makes another")
    waiting = admins.first()
    if waiting is None:
        return _added(User(username=_free_name(), is_staff=True, is_superuser=True), [])
    return _reset_link({"user": str(waiting.pk)})


def _free_name() -> str:
    names = (FIRST_ADMIN, *(f"{FIRST_ADMIN}-{number}" for number in range(2, 100)))
    taken = set(User.objects.filter(username_key__in=names).values_list("username_key", flat=True))
    return next(name for name in names if name not in taken)


def _link(user: User) -> str:
    _check_pages()
    return reset_links.make(user, clock.now())


def _check_pages() -> None:
    if not settings.PAGES:
        raise CommandError("IDP_ROLE: a link leads to a page, which this node has not: run it as front or all")


def _user(typed: Typed) -> User:
    pk = canonical_uuid(typed["user"])
    user = User.objects.filter(pk=pk).first() if pk is not None else User.objects.by_identifier(typed["user"])
    if user is None:
        raise CommandError(f"there is no account {typed['user']!a}: `users list` tells all")
    return user


def _role(name: str) -> Group:
    group = Group.objects.filter(name=name).first()
    if group is None:
        names = ", ".join(Group.objects.order_by("name").values_list("name", flat=True))
        raise CommandError(f"--role: {name!a} is not one of {names}")
    return group


def _told(user: User) -> dict[str, Any]:
    """What may be told of an account: never its password's hash."""
    return {
        "id": str(user.pk),
        "username": user.username,
        "email": user.email,
        "email_verified": user.email_verified,
        **{name: getattr(user, name) for name in NAMES},
        "active": user.is_active,
        "superuser": user.is_superuser,
        "roles": sorted(group.name for group in user.groups.all()),
        "has_password": user.has_usable_password(),
    }


def _marks(told: dict[str, Any]) -> list[str]:
    said = {"superuser": told["superuser"], "disabled": not told["active"], "no password": not told["has_password"]}
    return [*(word for word, is_so in said.items() if is_so), *told["roles"]] or ["-"]


def _which(parser: CommandParser) -> None:
    parser.add_argument("user", metavar="USER", help="user name, e-mail address or id")


def _add_arguments(parser: CommandParser) -> None:
    parser.add_argument("username", metavar="USERNAME", help="what the person signs in with")
    parser.add_argument("--email", metavar="ADDRESS", help="their e-mail address")
    parser.add_argument("--email-verified", action="store_true", help="the address is known to be theirs")
    parser.add_argument("--name", metavar="TEXT", help="full name")
    parser.add_argument("--given-name", metavar="TEXT", help="given name")
    parser.add_argument("--family-name", metavar="TEXT", help="family name")
    parser.add_argument("--superuser", action="store_true", help="may do everything in the admin")
    text = "may do in the admin what this role may, such as support; repeat it for more than one"
    parser.add_argument("--role", action="extend", nargs="+", metavar="ROLE", help=text)


def _invite_arguments(parser: CommandParser) -> None:
    parser.add_argument("address", metavar="ADDRESS", help="their e-mail address, with which they will sign in")
    parser.add_argument("--print", action="store_true", help="print the link in place of mailing it")


def _list_arguments(parser: CommandParser) -> None:
    parser.add_argument("--search", default="", metavar="TEXT", help="those with this in their user name or address")


VERBS = {
    "add": Verb(help="make an account, and a link to choose its password", run=_add, arguments=_add_arguments),
    "invite": Verb(
        help="let somebody make an account for their address: one use, seven days",
        run=_invite,
        arguments=_invite_arguments,
    ),
    "list": Verb(help="list the accounts", run=_list, arguments=_list_arguments),
    "enable": Verb(help="let a person sign in again", run=_enable, arguments=_which),
    "disable": Verb(help="let a person sign in no more, and end all that they allowed", run=_disable, arguments=_which),
    "reset-link": Verb(
        help="make a link to choose a new password: one use, an hour", run=_reset_link, arguments=_which
    ),
    "remove-factors": Verb(
        help="remove the second factor and the passkeys of who lost them, and end all that they allowed",
        run=_remove_factors,
        arguments=_which,
    ),
    "first-admin": Verb(help="make the first superuser, and a link to choose the password", run=_first_admin),
}


class Command(BaseCommand):
    help = "Looks at accounts, makes them and switches them off."

    def add_arguments(self, parser: CommandParser) -> None:
        add_verbs(parser, VERBS)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        answer(VERBS[verb].run, options, self, _option)


def _option(member: str) -> str:
    return member.upper() if member in ("username", "address") else f"--{member.replace('_', '-')}"
