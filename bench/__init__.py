"""The bench: the whole product beside its peers, on one machine in one run."""
