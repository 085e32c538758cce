"""Path templates: `/users/{id}` for `/users/42`, learned from the paths or given by hand."""
