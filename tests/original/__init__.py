"""The original as a team runs it, on API Gateway and Lambda, and the same code moved over."""
