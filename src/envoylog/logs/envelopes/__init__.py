"""Envelopes: what wraps a log line on its way, and the line inside."""
