"""A believable start on the simulated contact centre: rules by name, three people, a CRM that says how things ended.

For the demo and the journey only. Everything goes through the same services as in production.
"""
