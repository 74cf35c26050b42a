"""What the admin's home says of people."""
