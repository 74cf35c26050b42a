"""How long an identity holds: refresh families, what has ended, and signing out everywhere."""
