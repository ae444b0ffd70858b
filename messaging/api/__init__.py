"""The practice's own API, /api/v1/: what the inbox knows, for its other programs (OpenAPI: /api/schema/)."""
