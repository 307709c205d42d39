"""What every template may say."""

from django.conf import settings
from django.http import HttpRequest


def brand(request: HttpRequest) -> dict[str, str]:
    return {"brand": settings.BRAND, "request_id": getattr(request, "request_id", "")}
