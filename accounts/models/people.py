"""The tables of people."""

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.ground.add_missing import add_missing
from accounts.ground.dated_field import DatedField
from accounts.ground.exact_field import ExactField
from accounts.ground.unlisted import Unlisted
from accounts.hash_kinds import foreign_kind
from accounts.names import LIST_KEY, list_key, password_text, same_name_key
from accounts.people_groups import PeopleGroup
from accounts.profile import (
    MAX_URL,
    check_attributes,
    check_birthdate,
    check_locale,
    check_phone_number,
    check_shown,
    check_url,
    check_username,
    check_zoneinfo,
)
from accounts.signals import subject_changed

GUARDED = ("password", "is_active")
"""The columns whose change ends every session."""
VERIFIED = {"email": "email_verified", "phone_number": "phone_number_verified"}
"""The columns that somebody verifies, and those that say so: of the value that is there, and of no other."""
KEY_LENGTH = 255
"""Characters of a unique column, at most, in every database that we know."""


class PasswordKindManager(models.Manager["PasswordKind"]):
    def present(self) -> frozenset[str]:
        """The kinds that are not today's. One query over a few rows."""
        return frozenset(self.values_list("kind", flat=True))

    def note(self, kinds: Iterable[str]) -> None:
        """Remembers them. Empty texts are none."""
        add_missing([PasswordKind(kind=kind) for kind in sorted({*kinds}) if kind])


class PasswordKind(Unlisted):
    """A kind of hash that some account has, or had, and that is not today's (`accounts.hash_kinds`)."""

    kind = models.CharField(primary_key=True, max_length=128)

    objects: ClassVar[PasswordKindManager] = PasswordKindManager()

    def __str__(self) -> str:
        return self.kind


class UserManager(BaseUserManager["User"]):
    def bulk_create(self, objs: Iterable["User"], *args: Any, **kwargs: Any) -> list["User"]:
        """Notes the kinds of their passwords too: accounts from elsewhere come like this."""
        people = list(objs)
        for user in people:
            user.name_key = list_key(user.name)
        PasswordKind.objects.note(foreign_kind(user.password) for user in people)
        return super().bulk_create(people, *args, **kwargs)

    def create_user(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        """A new account. Raises ValidationError when the name is taken, in any spelling, or the password is weak."""
        user = self.model(username=username, email=email or "", **fields)
        if password is not None:
            validate_password(password_text(password), user)
        user.set_password(password)
        user.clean()
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        """Who may run commands here may say which address is theirs: it counts as verified."""
        self.model(username=username, email=email, **fields).clean_fields(exclude={"password"})
        rights = {"is_staff": True, "is_superuser": True, "email_verified": bool(email)}
        return self.create_user(username, email, password, **{**rights, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username_key=same_name_key(username or ""))

    def by_identifier(self, identifier: str) -> "User | None":
        """The account that signs in by this username or e-mail address. One query; it can never name two people."""
        key = same_name_key(identifier)
        return self.filter(Q(username_key=key) | Q(email_key=key)).first() if key else None

    def locked(self, subject: uuid.UUID | str) -> "models.QuerySet[User]":
        """The person's row, locked until the reader's transaction ends. Others may refer to it, if the database can."""
        return self.select_for_update(no_key=connection.features.has_select_for_no_key_update).filter(pk=subject)

    def lock(self, subject: uuid.UUID | str) -> "User | None":
        """The row that `locked` finds. Not by `first`: Oracle has no LIMIT beside a lock."""
        return next(iter(self.locked(subject)), None)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The id is the OIDC subject: it never changes and is never given to someone else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(
        _("username"),
        max_length=150,
        unique=True,
        validators=[check_username, check_shown],
        error_messages={"unique": _("This username is taken.")},
        help_text=_("Letters, digits and @ . + - _ only; with an @ it must be the account's own e-mail address."),
    )
    username_key = ExactField(max_length=KEY_LENGTH, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254, blank=True, validators=[check_shown])
    email_key = ExactField(max_length=KEY_LENGTH, unique=True, null=True, editable=False)
    email_verified = models.BooleanField(_("e-mail address verified"), default=False)
    name = models.CharField(_("full name"), max_length=300, blank=True, validators=[check_shown])
    # What the list of people is searched by, beside the keys above.
    name_key = ExactField(max_length=LIST_KEY, default="", editable=False)
    given_name = models.CharField(_("given name"), max_length=150, blank=True, validators=[check_shown])
    family_name = models.CharField(_("family name"), max_length=150, blank=True, validators=[check_shown])
    middle_name = models.CharField(_("middle name"), max_length=150, blank=True, validators=[check_shown])
    nickname = models.CharField(_("nickname"), max_length=150, blank=True, validators=[check_shown])
    profile = models.CharField(_("profile page"), max_length=MAX_URL, blank=True, validators=[check_url, check_shown])
    picture = models.CharField(_("picture"), max_length=MAX_URL, blank=True, validators=[check_url, check_shown])
    website = models.CharField(_("website"), max_length=MAX_URL, blank=True, validators=[check_url, check_shown])
    gender = models.CharField(_("gender"), max_length=50, blank=True, validators=[check_shown])
    birthdate = models.CharField(_("date of birth"), max_length=10, blank=True, validators=[check_birthdate])
    zoneinfo = models.CharField(_("time zone"), max_length=64, blank=True, validators=[check_zoneinfo])
    locale = models.CharField(_("language"), max_length=35, blank=True, validators=[check_locale])
    phone_number = models.CharField(_("phone number"), max_length=64, blank=True, validators=[check_phone_number])
    phone_number_verified = models.BooleanField(_("phone number verified"), default=False)
    street_address = models.CharField(_("street address"), max_length=300, blank=True, validators=[check_shown])
    locality = models.CharField(_("city"), max_length=100, blank=True, validators=[check_shown])
    region = models.CharField(_("state or region"), max_length=100, blank=True, validators=[check_shown])
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True, validators=[check_shown])
    country = models.CharField(_("country"), max_length=100, blank=True, validators=[check_shown])
    people_groups = models.ManyToManyField(
        PeopleGroup, verbose_name=_("groups of people"), related_name="members", blank=True
    )
    attributes = models.JSONField(
        _("attributes"),
        default=dict,
        blank=True,
        validators=[check_attributes],
        help_text=_("A JSON object, which clients are told of as their mapping says."),
    )
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Off ends every session at once."))
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("May enter the admin."))
    second_factor_required = models.BooleanField(
        _("second factor required"),
        default=False,
        help_text=_("Needed to go on to applications. Who has none adds one on the way."),
    )
    security_epoch = models.PositiveIntegerField(default=0, editable=False)
    created = DatedField(_("created"), auto_now_add=True)
    updated_at = DatedField(_("updated"), auto_now=True)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    _guarded: dict[str, Any] | None = None
    """What the database holds of GUARDED and VERIFIED, as far as this object knows; None for a row not written yet."""

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        permissions = [
            ("disable_user", "Can disable and enable user"),
            ("reset_user", "Can make a reset link for user"),
            ("remove_factors_user", "Can remove the second factor and passkeys of user"),
        ]
        constraints = [
            # Else somebody could take another person's address as a username, and one identifier would name two people.
            models.CheckConstraint(
                name="accounts_user_username_at",
                condition=~Q(username_key__contains="@") | Q(email_key__isnull=False, username_key=F("email_key")),
            )
        ]
        # For the list of people: what it is searched by, and each of its filters in its order.
        indexes = [
            models.Index(fields=["name_key", "id"], name="accounts_user_name"),
            models.Index(fields=["is_active", "username"], name="accounts_user_active"),
            models.Index(fields=["is_staff", "username"], name="accounts_user_staff"),
            models.Index(fields=["is_superuser", "username"], name="accounts_user_superuser"),
        ]

    @classmethod
    def from_db(cls, db: str | None, field_names: Any, values: Any, **options: Any) -> Self:
        user = super().from_db(db, field_names, values, **options)
        user._note_guarded(None)  # noqa: SLF001 - its own
        return user

    def clean(self) -> None:
        """Refuses a name or address that is taken in another spelling, with a message the person understands."""
        super().clean()
        self._set_keys()
        # Of what is empty no field asks its validators, and an empty list is no object.
        self.attributes = self.attributes or {}
        if max(len(self.username_key), len(self.email_key or "")) > KEY_LENGTH:
            raise ValidationError(_("The username or e-mail address is too long."))
        others = type(self).objects.exclude(pk=self.pk)
        if others.filter(username_key=self.username_key).exists():
            raise ValidationError({"username": _("This username is taken.")})
        if self.email_key and others.filter(email_key=self.email_key).exists():
            raise ValidationError({"email": _("This e-mail address belongs to another account.")})
        if "@" in self.username_key and self.username_key != self.email_key:
            raise ValidationError({"username": _("A username with an @ must be the account's own e-mail address.")})

    @property
    def is_named_by_address(self) -> bool:
        """Whether the user name is the e-mail address, and moves with it."""
        return self.email_key is not None and self.username_key == self.email_key

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Saves, with the keys of its names; a new password or another is_active moves the security epoch with it, and
        a new address or phone number is not verified because the one before was."""
        written = None if update_fields is None else {*update_fields}
        if written is not None:
            # Together: else what one administrator verified could be what another one just wrote.
            written |= {name for pair in VERIFIED.items() if written & {*pair} for name in pair}
        if written and written & {"username", "email", "name"}:
            written |= {"username_key", "email_key", "name_key"}
        self._forget_verified()
        self._set_keys()
        if "password" in self.__dict__ and (written is None or "password" in written):
            PasswordKind.objects.note([foreign_kind(self.password)])
        if not self._guard_changed(written):
            super().save(*args, update_fields=written, **kwargs)
            self._note_guarded(written)
            return
        self.security_epoch = F("security_epoch") + 1  # an expression until it is read back
        with transaction.atomic(using=kwargs.get("using")):
            super().save(*args, update_fields=None if written is None else {*written, "security_epoch"}, **kwargs)
            self.refresh_from_db(fields=["security_epoch"])
            self._note_guarded(written)
            subject_changed.send(sender=User, subject=str(self.pk))

    def refresh_from_db(self, using: str | None = None, fields: Any = None, from_queryset: Any = None) -> None:
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        self._note_guarded(fields)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(None if raw_password is None else password_text(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        text = None if raw_password is None else password_text(raw_password)
        return check_password(text, self.password, self._upgrade_hash)

    def _upgrade_hash(self, password: str) -> None:
        """Hashes the same password by today's rules. Not a change of password, and never over one made meanwhile."""
        stored, self.password = self.password, make_password(password)
        type(self).objects.filter(pk=self.pk, password=stored).update(password=self.password)
        self._note_guarded(["password"])

    def _set_keys(self) -> None:
        self.username_key = same_name_key(self.username or "")  # a form that refused the name leaves none
        self.email_key = same_name_key(self.email or "") or None
        self.name_key = list_key(self.name or "")

    def _forget_verified(self) -> None:
        """What was verified was the value before; who sets both at once says that the new one is."""
        if self._state.adding or self._guarded is None:
            return
        for name, verified in VERIFIED.items():
            changed = name in self.__dict__ and self.__dict__[name] != self._guarded.get(name)
            if changed and self._guarded.get(verified, True):
                setattr(self, verified, False)

    def _note_guarded(self, names: Iterable[str] | None) -> None:
        watched = (*GUARDED, *VERIFIED, *VERIFIED.values())
        loaded = {name for name in watched if name in self.__dict__ and (names is None or name in names)}
        self._guarded = {**(self._guarded or {}), **{name: self.__dict__[name] for name in loaded}}

    def _guard_changed(self, written: set[str] | None) -> bool:
        if self._state.adding or self._guarded is None:
            return False
        return any(
            name not in self._guarded or self._guarded[name] != self.__dict__[name]
            for name in GUARDED
            if name in self.__dict__ and (written is None or name in written)
        )
