"""Questions: one `.sql` file each, asked of the view `access`."""
