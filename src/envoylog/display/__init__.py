"""How single values and tables are shown to people, in terminals and in notebooks."""
