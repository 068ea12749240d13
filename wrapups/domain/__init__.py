"""Plain Python: no Django, no SDK, no clock, no chance; what time it is and what the dice say come in as arguments."""
