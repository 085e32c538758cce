"""The format language: format text → tokens → document → plan."""
