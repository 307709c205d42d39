"""Several workers at once, and one that dies between sending a mail and noting that it did."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from accounts import mail_queue
from accounts.models import Mail, User
from tests.mail.ways import pass_time, tell, work
from tests.servers.smtp import Smtp
from tests.stores.processes import database_url
from tests.support.waiting import until

MAILS = 60
ROOT = Path(__file__).parents[2]
PROGRAM = """
import django
django.setup()
from accounts.work.send_mail import deliver
deliver(lambda: True)
"""


@pytest.fixture
def nobody_else(committed: None) -> None:
    """No other mail waits."""
    Mail.objects.all().delete()


def test_what_it_sent_is_sent_again_under_the_same_message_id(nobody_else: None, server: Smtp) -> None:
    tell(User(username="alice", email="hang@example.org", email_verified=True))
    with _worker(server) as worker:
        # It waits for the answer to a mail that was taken.
        until(lambda: server.mails() or worker.poll() is not None, what="the mail")
        assert work() == {"ended": 0}, "another one leaves it to who claimed it"
        worker.kill()
    server.go_on()
    row = Mail.objects.get()
    assert row.attempts == 1
    pass_time(mail_queue.LEASE)
    assert work() == {"ended": 0, "sent": 1}
    assert [message["Message-ID"] for message in server.mails()] == [f"<{row.pk}@idp.example>"] * 2
    assert not Mail.objects.exists()


def test_of_several_workers_each_mail_is_sent_by_one(nobody_else: None, server: Smtp) -> None:
    for number in range(MAILS):
        tell(User(username=f"alice-{number}", email=f"alice-{number}@example.org", email_verified=True))
    with ExitStack() as stack:
        workers = [stack.enter_context(_worker(server)) for _ in range(3)]
        assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    assert not Mail.objects.exists()
    assert sorted(message["To"] for message in server.mails()) == sorted(
        f"alice-{number}@example.org" for number in range(MAILS)
    )


def test_of_two_that_claim_a_mail_one_gets_it_and_a_late_one_takes_nothing_back(
    nobody_else: None, server: Smtp
) -> None:
    tell(User(username="alice", email="alice@example.org", email_verified=True))
    [one], [other] = mail_queue.due(["password_changed"], 1), mail_queue.due(["password_changed"], 1)
    assert mail_queue.claim(one)
    assert not mail_queue.claim(other)
    pass_time(mail_queue.LEASE)
    [third] = mail_queue.due(["password_changed"], 1)
    assert mail_queue.claim(third)
    mail_queue.give_up(one, "too late", secret=True)
    mail_queue.postpone(one, mail_queue.LEASE, "too late")
    assert Mail.objects.get().fault == ""
    mail_queue.sent(one)
    assert not Mail.objects.exists()


def _worker(server: Smtp) -> subprocess.Popen[bytes]:
    environ = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "IDP_MAIL_URL": server.url,
        "IDP_MAIL_FROM": "no-reply@idp.example",
    }
    return subprocess.Popen([sys.executable, "-c", PROGRAM], env=environ, cwd=ROOT)
