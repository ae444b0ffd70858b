"""How a conversation stands, as a reply box knows it: open, or done since when.

Whoever writes knows what stood when they began their text (`standing` in the box's own form). What the stream tells the
page while they type they need not have seen (static/js/composer-standing.js).
"""

from messaging.drafts import begun_at
from messaging.models import Conversation, Draft

OPEN = "open"


def standing_of(conversation: Conversation) -> str:
    return conversation.closed_at.isoformat() if conversation.closed_at else OPEN


def known_to_writer(conversation: Conversation, draft: Draft | None) -> str:
    """What stood when this draft was begun; without one, what stands now."""
    closed_at = conversation.closed_at
    is_news = draft is not None and closed_at is not None and begun_at(draft) < closed_at
    return OPEN if is_news else standing_of(conversation)
