"""The production server: daphne with back-pressure, close codes, a drain and fast text frames."""
