"""Errors as webhooks report them, beside a message, a status or a whole change."""

from dataclasses import dataclass

from messaging.whatsapp.payloads.reading import JsonObject, error_code, mapping, objects, text


@dataclass(frozen=True, slots=True, repr=False)
class ReportedError:
    """One entry of `errors[]`. The texts are WhatsApp's English ones; what staff reads comes from the error table."""

    code: int | None
    title: str | None = None
    message: str | None = None
    details: str | None = None


def reported_errors(holder: JsonObject) -> tuple[ReportedError, ...]:
    return tuple(
        ReportedError(
            code=error_code(error.get("code")),
            title=text(error.get("title")),
            message=text(error.get("message")),
            details=text(mapping(error.get("error_data")).get("details")) or text(error.get("details")),
        )
        for error in objects(holder.get("errors"))
    )
