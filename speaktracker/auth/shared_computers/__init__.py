"""Sessions of computers that many people use: they end with the browser, and when left idle."""
