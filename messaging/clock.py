"""Whose time counts: WhatsApp's for the order of a thread, as long as it is believable."""

from datetime import datetime, timedelta

OLDEST = timedelta(days=8)  # 360dialog repeats for up to seven days
NEWEST = timedelta(minutes=5)


def clamped(provider_at: datetime | None, received_at: datetime) -> datetime:
    """The time a message is ordered by: the provider's, within [received − 8 days, received + 5 min]."""
    if provider_at is None:
        return received_at
    return min(max(provider_at, received_at - OLDEST), received_at + NEWEST)
