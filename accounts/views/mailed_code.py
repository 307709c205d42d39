"""What the pages have in common where a code is typed that was mailed."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts import sessions
from accounts.conf import mail_conf
from accounts.sign_in import mailed_codes
from accounts.sign_in.forms import MailedCodeForm
from accounts.sign_in.mailed_codes import Asker

Done = TypeVar("Done")


def asked_for(
    request: HttpRequest, asker: Asker, template: str, do: Callable[[], Done], **said: str
) -> Done | HttpResponse:
    """The page; or, once the right code came, what `do` does, which the code is spent for as the last thing: where any
    of it fails, the code is as good as before. `said`: what the template tells beside."""
    typed = request.POST if request.method == "POST" else None
    form = MailedCodeForm(partial(mailed_codes.attempt, asker), typed)
    if form.is_valid():
        with transaction.atomic():
            done = do()
            if mailed_codes.spend(asker, form.cleaned_data["code"]):
                return done
            # Of several at once another one was first: nobody learns of what this one began.
            transaction.set_rollback(True)
        sessions.taken_back(request)
        form.refuse_late()
    return TemplateResponse(request, template, {"form": form, "support": mail_conf().support, **said})
