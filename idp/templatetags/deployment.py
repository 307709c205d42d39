"""What `manage.py doctor` would say, for the admin's first page."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django import template
from django.db import connections

from idp.node.doctor import examine
from idp.node.finding import Finding, Size
from idp.node.time_limit import TimeLimit

register = template.Library()
SECONDS = 3.0
LATE = [("doctor", Finding("error", f"no answer within {SECONDS:g} s", "run `manage.py doctor`"))]
LEFT_OUT = ("connections", "passwords", "breached passwords")
"""Looks that need to know how large the deployment is, or ask somebody else's service, which is not done for a page."""


@register.inclusion_tag("admin/deployment.html", takes_context=True)
def deployment(context: Mapping[str, Any]) -> Mapping[str, Any]:
    """What this node finds wrong, to who may mend it: paths and settings are told to superusers only."""
    findings = _look() if context["request"].user.is_superuser else []
    return {"findings": [(name, finding) for name, finding in findings if finding.level != "ok"]}


def _examine() -> list[tuple[str, Finding]]:
    try:
        return list(examine(Size(1, 1), without=LEFT_OUT))
    finally:
        connections.close_all()


_look = TimeLimit[list[tuple[str, Finding]]](_examine, SECONDS, LATE, ThreadPoolExecutor(1, "doctor"))
