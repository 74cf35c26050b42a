"""Nothing of who was erased is left anywhere, whoever erases them and however."""
