"""From stored webhooks to messages: each delivery once, each conversation in order.

drain.py       takes batches of deliveries, halves a batch that fails down to the culprit
reading.py     sealed body → events of this channel; what cannot be read is kept for the operator
people.py      senders → contacts and conversations, locked in the house's order
arrivals.py    messages of patients and echoes of the phone app → rows
consent.py     codes, STOP and START, buttons, the first question to a stranger
statuses.py    what became of our own messages
management.py  templates, account and numbers
"""
