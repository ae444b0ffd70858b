"""Frozen numbers of sealed columns: they stand in the authenticated context of every ciphertext.

Renaming a model or field changes the key of this table, never the number; a number is never used twice.
"""

NUMBERS: dict[tuple[str, str], tuple[int, int]] = {
    # practices
    ("practices.totpdevice", "secret"): (1, 1),
    # patients
    ("patients.patient", "first_name"): (10, 1),
    ("patients.patient", "last_name"): (10, 2),
    ("patients.patient", "birth_date"): (10, 3),
    ("patients.patient", "salutation"): (10, 4),
    ("patients.patient", "record_number"): (10, 5),
    ("patients.contact", "profile_name"): (11, 1),
    ("patients.contactidentity", "value"): (12, 1),
    # consent
    ("consent.consentevent", "payload"): (20, 1),
    ("consent.qrcode", "token"): (21, 1),
    ("consent.pendingoptin", "purposes"): (22, 1),
    ("consent.widget", "token"): (23, 1),
    ("consent.consentdocument", "details"): (24, 1),
    ("consent.consentdocument", "file_key"): (24, 2),
    ("consent.consentimport", "source"): (25, 1),
    ("consent.consentimportrow", "cells"): (26, 1),
    ("patients.rightsrequest", "words"): (13, 1),
    ("patients.appointment", "words"): (14, 1),
    # messaging
    ("messaging.channel", "api_key"): (30, 1),
    ("messaging.channel", "webhook_token"): (30, 2),
    ("messaging.channel", "webhook_secret"): (30, 3),
    ("messaging.message", "body"): (31, 1),
    ("messaging.message", "content"): (31, 2),
    ("messaging.message", "wamid"): (31, 3),
    ("messaging.message", "quoted_wamid"): (31, 4),
    ("messaging.webhookdelivery", "body"): (32, 1),
    ("messaging.unreadableentry", "body"): (33, 1),
    ("messaging.mediafile", "file_key"): (34, 1),
    ("messaging.mediafile", "details"): (34, 2),
    ("messaging.note", "body"): (35, 1),
    ("messaging.waitingstatus", "status"): (37, 1),
    ("messaging.conversation", "urgent_words"): (38, 1),
    ("messaging.draft", "body"): (39, 1),
    ("messaging.label", "name"): (40, 1),
    ("messaging.savedreply", "title"): (41, 1),
    ("messaging.savedreply", "shortcut"): (41, 2),
    ("messaging.savedreply", "body"): (41, 3),
    ("messaging.savedview", "name"): (42, 1),
    ("messaging.task", "words"): (43, 1),
    ("messaging.protecteddocument", "details"): (44, 1),
    ("messaging.protecteddocument", "file_key"): (44, 2),
}
