"""Other people's suites, from the archives they publish, run on our parts in `make soak`."""
