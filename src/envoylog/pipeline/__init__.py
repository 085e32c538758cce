"""The verbs that touch the world: compile a format by name or file, scan logs, parse them."""
