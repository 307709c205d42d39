"""Where a page has its stylesheet and its logo from: the deployment's own, else ours."""

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

from accounts.ground.look import digest
from accounts.site.stylesheet import stylesheet

register = template.Library()


@register.simple_tag
def stylesheet_url() -> str:
    own = stylesheet()
    return reverse("own_stylesheet", args=[digest(own)]) if own else static("accounts/pages.css")


@register.simple_tag
def logo_url() -> str:
    own = settings.BRAND_LOGO
    return reverse("own_logo", args=[own.digest]) if own else static("accounts/mark.svg")
