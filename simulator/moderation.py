"""What Meta's moderation does to templates, and the webhooks that tell (360dialog sections 6 and 10)."""

import asyncio

from simulator.numbers import BusinessNumber, Json, Template
from simulator.world import World

STATUS_OF_EVENT = {
    "APPROVED": "approved",
    "REJECTED": "rejected",
    "PENDING": "pending",
    "PAUSED": "paused",
    "DISABLED": "disabled",
    "FLAGGED": "flagged",
    "ARCHIVED": "archived",
    "UNARCHIVED": "approved",
    "IN_APPEAL": "in_appeal",
    "PENDING_DELETION": "pending_deletion",
    "REINSTATED": "approved",
}


async def decide_later(world: World, number: BusinessNumber, template: Template) -> None:
    """Decide about a new template as the plan wants it."""
    plan = world.faults.moderation
    if plan.decide_after_seconds is not None:
        await asyncio.sleep(plan.decide_after_seconds)
        await decide(world, number, template, plan.event, plan.reason)


async def decide(
    world: World, number: BusinessNumber, template: Template, event: str, reason: str = "NONE"
) -> int | None:
    """Change a template's status and tell; the webhook's first answer. ValueError for an unknown event."""
    if event not in STATUS_OF_EVENT:
        raise ValueError(f"event is one of {', '.join(STATUS_OF_EVENT)}")
    template.status, template.rejected_reason = STATUS_OF_EVENT[event], reason
    template.modified_at = world.clock.now()
    value: Json = {"event": event, **named(template), "reason": reason, "message_template_category": template.category}
    if event == "REJECTED":
        value["rejection_info"] = {"reason": reason, "recommendation": "Bitte Text und Kategorie prüfen."}
    return await world.post_value(number, "message_template_status_update", value)


async def change_category(
    world: World, number: BusinessNumber, template: Template, category: str, *, impending: bool
) -> int | None:
    """Announce or carry out a change of category."""
    if impending:
        value = {"new_category": template.category, "correct_category": category}
        value["category_update_timestamp"] = str(int(world.clock.now()) + 86_400)
    else:
        value = {"previous_category": template.category, "new_category": category}
        template.category = category
    return await world.post_value(number, "template_category_update", {**named(template), **value})


async def change_quality(world: World, number: BusinessNumber, template: Template, quality: str) -> int | None:
    """GREEN, YELLOW, RED or UNKNOWN."""
    value = {**named(template), "previous_quality_score": template.quality, "new_quality_score": quality}
    template.quality = quality
    return await world.post_value(number, "message_template_quality_update", value)


def named(template: Template) -> Json:
    """How these webhooks name a template."""
    return {
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
    }
