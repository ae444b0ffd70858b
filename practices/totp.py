"""The second factor: six digits that change every 30 seconds (RFC 6238), on django-otp's interface."""

import base64
import secrets
import time
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from urllib.parse import quote, urlencode

from django.db import models, transaction
from django.utils import timezone
from django_otp.models import Device, DeviceManager, ThrottlingMixin, VerifyNotAllowed
from django_otp.oath import TOTP

ISSUER = "Roger"
SECRET_BYTES = 20  # RFC 4226 section 4, R6
TOLERANCE = 1  # steps of 30 seconds before and after
FAILURES = 5
PAUSE = timedelta(minutes=15)


class TimeCodeDevice(ThrottlingMixin, Device):  # type: ignore[misc]
    """Base of TotpDevice: accepts each code once, also under parallel posts, and pauses after five wrong ones."""

    secret: Any
    last_step: Any
    objects: ClassVar[models.Manager[Self]] = DeviceManager()

    class Meta:
        abstract = True

    @property
    def persistent_id(self) -> str:
        # django-otp reads the part behind the slash with int().
        return f"{self.model_label()}/{self.pk.int}"

    @transaction.atomic
    def verify_token(self, token: str) -> bool:
        """Whether this is the code of now or of a neighbouring step, not used before.

        Locks the device's row, so that of parallel posts each sees the failures and the step of the one before.
        """
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
        if not self.verify_is_allowed()[0]:
            return False
        step = self._matching_step(token)
        if step is None or not self._use_up(step):
            self.throttle_increment()
            return False
        return True

    def verify_is_allowed(self) -> tuple[bool, dict[str, Any] | None]:
        """Refuses for 15 minutes after the fifth wrong code in a row and after each further one."""
        until = self.locked_until
        if until is None:
            return True, None
        return False, {"reason": VerifyNotAllowed.N_FAILED_ATTEMPTS, "locked_until": until}

    @property
    def locked_until(self) -> datetime | None:
        """The end of the pause (UTC), None when codes are accepted."""
        if self.throttling_failure_count < FAILURES or self.throttling_failure_timestamp is None:
            return None
        until: datetime = self.throttling_failure_timestamp + PAUSE
        return until if until > timezone.now() else None

    def get_throttle_factor(self) -> float:
        return 1

    def _matching_step(self, token: str) -> int | None:
        clock = TOTP(self.secret)
        clock.time = time.time()
        if not (token.isascii() and token.isdigit() and len(token) == clock.digits):
            return None
        return int(clock.t()) if clock.verify(int(token), tolerance=TOLERANCE, min_t=self.last_step + 1) else None

    def _use_up(self, step: int) -> bool:
        unused = type(self).objects.filter(pk=self.pk, last_step__lt=step)
        used = unused.update(last_step=step, throttling_failure_count=0, throttling_failure_timestamp=None)
        return bool(used == 1)


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def as_base32(secret: bytes) -> str:
    """A secret as authenticator apps take it by hand."""
    return base64.b32encode(secret).decode()


def otpauth_uri(secret: bytes, *, account: str) -> str:
    """A secret as authenticator apps read it from a QR code."""
    query = urlencode({"secret": as_base32(secret), "issuer": ISSUER, "digits": 6, "period": 30})
    return f"otpauth://totp/{quote(ISSUER)}:{quote(account)}?{query}"
