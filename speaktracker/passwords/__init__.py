"""How people come to a password: their own, a link in a letter, a code on paper."""
