"""Take in what is new: look at the sources, plan, read, commit."""
