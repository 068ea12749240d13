"""Generates conversations: a seed and a number always give the same one."""
