"""Whether this node lives, and whether it may be sent requests."""

from django.db import connection
from django.http import HttpRequest, JsonResponse

NO_STORE = {"Cache-Control": "no-store"}


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers: nothing else is asked, so that a database that is down restarts no node."""
    return JsonResponse({"status": "ok"}, headers=NO_STORE)


def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers too; where it does not, `idp.failures` says 503."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"}, headers=NO_STORE)
