"""Metrics for Prometheus, read from the database when they are asked for: every node tells the same.

Labels are names of our own, of tasks and of kinds of rows: nothing of a client or a person is in them.
"""

import math
from collections.abc import Iterator
from hmac import compare_digest
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts import mail_queue
from tokens.work import schedule

if TYPE_CHECKING:
    from prometheus_client import Metric


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The text format, to a reader that shows IDP_METRICS_TOKEN. Without that setting it is as if nothing were here."""
    if not settings.METRICS_TOKEN:
        raise Http404
    shown = request.headers.get("Authorization", "")
    if not compare_digest(shown.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        headers = {"WWW-Authenticate": 'Bearer realm="metrics"', "Cache-Control": "no-store"}
        return HttpResponse(status=401, headers=headers)
    # Here, so that a node that nobody monitors need not load it.
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
    from prometheus_client.registry import CollectorRegistry

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return HttpResponse(
        generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"}
    )


class _Collector:
    def describe(self) -> list["Metric"]:
        """Nothing: prometheus_client asks for it when the collector is registered, and that would ask the database."""
        return []

    def collect(self) -> Iterator["Metric"]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        lag = GaugeMetricFamily(
            "idp_cleanup_lag_seconds", "For how long the oldest row of a kind could have been deleted.", labels=["kind"]
        )
        for kind, seconds in schedule.lag().items():
            lag.add_metric([kind], seconds)
        orphans = GaugeMetricFamily(
            "idp_orphans_lag_seconds",
            "Since when an orphan of a kind may have been there; +Inf: always.",
            labels=["kind"],
        )
        for kind, seconds in schedule.orphans_lag().items():
            orphans.add_metric([kind], seconds)
        age = GaugeMetricFamily(
            "idp_task_last_success_age_seconds", "Since a run of the task ended well; +Inf: never.", labels=["task"]
        )
        duration = GaugeMetricFamily("idp_task_last_duration_seconds", "How long that run took.", labels=["task"])
        rows = GaugeMetricFamily("idp_task_last_rows", "What that run did, by kind.", labels=["task", "kind"])
        runs = CounterMetricFamily("idp_task_runs", "Runs that were begun.", labels=["task"])
        failures = CounterMetricFamily("idp_task_failures", "Runs that ended with an error.", labels=["task"])
        for report in schedule.reports():
            age.add_metric([report.task], math.inf if report.success_age is None else report.success_age)
            duration.add_metric([report.task], report.duration)
            runs.add_metric([report.task], report.runs)
            failures.add_metric([report.task], report.failures)
            for kind, count in report.rows.items():
                rows.add_metric([report.task, kind], count)
        yield from (lag, orphans, age, duration, rows, runs, failures)
        oldest, waiting, given_up = mail_queue.standing()
        yield GaugeMetricFamily("idp_mail_lag_seconds", "How long the oldest mail waits.", oldest)
        yield GaugeMetricFamily("idp_mail_waiting", "Mails that wait.", waiting)
        yield GaugeMetricFamily("idp_mail_given_up", "Mails that were given up in the last days.", given_up)
