"""Looks at everything that a server needs, and says of each what to do: `manage.py doctor`."""
