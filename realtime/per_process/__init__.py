"""What the sockets of one process share."""
