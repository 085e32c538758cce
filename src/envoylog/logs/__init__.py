"""Reading log files: sources → blocks of whole lines."""
