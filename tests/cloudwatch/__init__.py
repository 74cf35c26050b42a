"""Metrics for CloudWatch, added up as it would."""
