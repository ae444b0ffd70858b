"""The paths of 360dialog's messaging API."""

from starlette.routing import Route

from simulator.api import account, media, messages, templates
from simulator.api.access import with_key
from simulator.media import ATTACHMENTS

routes = [
    Route("/messages", with_key(messages.post_message), methods=["POST"]),
    Route("/media", with_key(media.upload), methods=["POST"]),
    Route(ATTACHMENTS, with_key(media.download), methods=["GET"]),
    Route("/{media_id:int}", with_key(media.show_url), methods=["GET"]),
    Route("/{media_id:int}", with_key(media.delete), methods=["DELETE"]),
    Route("/v1/configs/webhook", with_key(account.show_webhook), methods=["GET"]),
    Route("/v1/configs/webhook", with_key(account.set_webhook), methods=["POST"]),
    Route("/waba_webhook", with_key(account.set_waba_webhook), methods=["POST"]),
    Route("/v1/configs/templates", with_key(templates.list_templates), methods=["GET"]),
    Route("/v1/configs/templates", with_key(templates.create_template), methods=["POST"]),
    Route("/v1/configs/templates/{name}", with_key(templates.delete_template), methods=["DELETE"]),
    Route("/health_status", with_key(account.show_health), methods=["GET"]),
    Route("/whatsapp_business_profile", with_key(account.show_profile), methods=["GET"]),
    Route("/whatsapp_business_profile", with_key(account.change_profile), methods=["POST"]),
]
