"""Whether a peer does the work it is measured at: everything, once, in order, to whom it is for."""
