"""Signed texts that are good for a short time, on whatever node they come back to."""

from datetime import UTC, datetime, timedelta

from django.core.signing import SignatureExpired, TimestampSigner, b62_decode, b62_encode

from accounts.ground import clock


class DatedSigner(TimestampSigner):  # this machine's clock: of Django's nothing is used that reads it
    """Notes when it signed by the clock of the database, and judges by it."""

    def timestamp(self) -> str:
        return b62_encode(int(clock.now().timestamp()))

    def fresh(self, signed: str, kept: timedelta) -> str:
        """The text that was signed. Raises BadSignature where it was not, or longer ago than `kept`."""
        text = self.unsign(signed)
        _, stamp, _ = signed.rsplit(self.sep, 2)
        if clock.now() - datetime.fromtimestamp(b62_decode(stamp), UTC) > kept:
            raise SignatureExpired(f"it was signed longer than {kept} ago")
        return text
