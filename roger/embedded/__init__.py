"""PostgreSQL and Valkey out of Python wheels, for `make run` and `make test`.

Nothing below this package imports Django: it runs before settings can be read. A server is never started
when DATABASE_URL or REDIS_URL names another one.
"""
