"""What a socket's two ends, the server and the classroom, agree on: the text writer, wake-ups."""
