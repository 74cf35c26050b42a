"""One guard for every secret that can be guessed: tries counted, hashes within a budget."""
