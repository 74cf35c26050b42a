"""Who somebody is: tokens, tickets, sessions, and how often they may call."""
