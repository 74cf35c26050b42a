"""One WebSocket of the server: frames, back-pressure both ways, close codes, deadlines."""
