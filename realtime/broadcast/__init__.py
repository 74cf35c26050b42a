"""Telling other sockets and processes: publish, deliver, and the dashboards' frames."""
