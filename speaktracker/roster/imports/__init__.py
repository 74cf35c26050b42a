"""Files of people and of who teaches whom: read, looked through, and carried out."""
