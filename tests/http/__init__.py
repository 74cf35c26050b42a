"""What every answer says to a browser."""
