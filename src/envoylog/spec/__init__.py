"""What Envoy writes, as tables: operators, headers, named formats, its own messages."""
