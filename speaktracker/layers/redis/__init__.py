"""Between processes: pub/sub over our own pipelined connections to Redis."""
