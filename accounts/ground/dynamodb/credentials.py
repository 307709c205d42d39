"""Credentials that keep no request waiting: botocore's are renewed beside the requests, which sign with the last ones.

botocore itself renews them in the request that finds them old, for as long as that takes: a service of tokens that
hangs would hang every request with it.
"""

import logging
import time
from threading import Lock, Thread
from typing import Any

from botocore.exceptions import BotoCoreError, CredentialRetrievalError, NoCredentialsError
from botocore.session import Session

from accounts.ground.dynamodb.conf import dynamodb
from accounts.ground.dynamodb.explaining import ERRORS, explain

logger = logging.getLogger(__name__)

LOOK = 30.0
"""Seconds after which is looked again whether they are old. botocore renews them 15 minutes before their end."""
FIRST = 0.6
"""Seconds that a request waits for the first ones."""


class BesideRequests:
    """In place of botocore's credentials, for one client."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._starting = Lock()
        self._thread: Thread | None = None
        self._looked = -LOOK
        self._frozen: Any = None
        self._failure: Exception | None = None

    def get_frozen_credentials(self) -> Any:
        """The last ones, though they may have expired: the service will say so. CredentialRetrievalError where there
        were none yet."""
        self._look()
        frozen, thread = self._frozen, self._thread
        if frozen is None and thread is not None:
            thread.join(FIRST)
            frozen = self._frozen
        if frozen is None:
            if isinstance(self._failure, NoCredentialsError):
                raise self._failure
            raise CredentialRetrievalError(provider="AWS", error_msg=str(self._failure or "no answer yet"))
        return frozen

    def get_deferred_property(self, name: str) -> Any:
        """botocore asks for the account, which no host of ours has in its name."""
        return lambda: None

    def _look(self) -> None:
        """Of all that find them old one starts a thread. After a fork there is none, whatever there was before."""
        if time.monotonic() - self._looked < LOOK and self._frozen is not None:
            return
        with self._starting:
            if self._thread is not None and self._thread.is_alive():
                return
            self._looked = time.monotonic()
            self._thread = Thread(target=self._renew, name="credentials", daemon=True)
            self._thread.start()

    def _renew(self) -> None:
        try:
            credentials = self._session.get_credentials()
            if credentials is None:
                raise NoCredentialsError
            self._frozen, self._failure = credentials.get_frozen_credentials(), None
        except ERRORS as error:
            self._failure = error
            logger.error("DynamoDB: %s", explain(_of_credentials(error), dynamodb()))


class SessionBesideRequests(Session):  # type: ignore[misc]  # not typed
    """botocore's session, whose clients sign so."""

    def get_credentials(self) -> Any:
        return BesideRequests(Session())


def _of_credentials(error: Exception) -> Exception:
    """An answer of the service of tokens, which is not DynamoDB's, as an error of botocore's own."""
    is_own = isinstance(error, BotoCoreError)
    return error if is_own else CredentialRetrievalError(provider="AWS", error_msg=str(error))
