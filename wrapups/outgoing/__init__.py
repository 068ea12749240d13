"""What leaves this machine by HTTP: bounded connections for everything, and the door to receivers of webhooks."""
