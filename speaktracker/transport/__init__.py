"""What a socket's two ends, the server and the classroom, agree on: text frames and wake-ups."""
