"""A Genesys Cloud to talk to over real HTTP: the only fake in the project.

Everything is in memory and nothing here knows Django, the database or our own gateway, so that it can be the
witness of what they did. `python -m wrapups.genesys.simulator` runs it; `process.running` runs it for a test.

A conversation is an unchangeable timeline in the form analytics uses (segments with a start and an end). What
anybody sees at an instant is computed from that timeline and the writes so far; the operational API and analytics
are two renderings of that one state, analytics merely at an earlier instant.
"""
