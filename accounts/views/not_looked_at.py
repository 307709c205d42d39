"""The page that chooses a password once something was proven, where no place to hash it came."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.sign_in.forms import NewPasswordForm
from accounts.sign_in.password_queue import refuse
from accounts.sign_in.unfinished import OnItsWay


def shown_again(
    of: Callable[[HttpRequest], OnItsWay | None],
    page: Callable[[HttpRequest, NewPasswordForm, OnItsWay], HttpResponse],
    over: Callable[[HttpRequest], HttpResponse],
    form_class: type[NewPasswordForm] = NewPasswordForm,
) -> Callable[[HttpRequest], HttpResponse]:
    """What was proven is as good as before. `of`: the sign-in on its way, `page` its page, `over` the one where there
    is none any more."""

    def answer(request: HttpRequest) -> HttpResponse:
        on_its_way = of(request)
        if on_its_way is None:
            return over(request)
        form = form_class(on_its_way.user)
        form.initial["name"] = request.POST.get("name", "")
        response = page(request, form, on_its_way)
        refuse(form, response)
        return response

    return answer
