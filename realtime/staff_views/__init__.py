"""What staff see of the classroom beside the lists: lines of the admin's home, disconnecting."""
