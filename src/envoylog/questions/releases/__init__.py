"""Releases, judged from the logs: canaries, deploys, mirrors, objectives and retries."""
