"""Verbs, each owning its transactions.

A service is handed a gateway; it never makes one, and never holds a transaction across a call.
"""
