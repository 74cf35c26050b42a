"""What processes keep for Prometheus."""
