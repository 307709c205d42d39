"""What the pages have in common where a code is typed that was mailed."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.conf import mail_conf
from accounts.sign_in import mailed_codes
from accounts.sign_in.forms import MailedCodeForm
from accounts.sign_in.mailed_codes import Asker


def asked_for(request: HttpRequest, asker: Asker, template: str, **said: str) -> HttpResponse | None:
    """The page; None once the right code came. `said`: what the template tells beside."""
    typed = request.POST if request.method == "POST" else None
    form = MailedCodeForm(partial(mailed_codes.attempt, asker), typed)
    if form.is_valid():
        return None
    return TemplateResponse(request, template, {"form": form, "support": mail_conf().support, **said})
