"""Checks: what must hold of the answers to questions, and what to tell where it does not."""
