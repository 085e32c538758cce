"""What arrives in the morning: windows, pages, and checks with an exit code."""
