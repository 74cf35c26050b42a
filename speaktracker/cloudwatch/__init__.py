"""Metrics for CloudWatch: lines on standard output in its embedded metric format."""
