"""How the team shares the work: whose a conversation is, when it comes back, what people tell each other about it."""
