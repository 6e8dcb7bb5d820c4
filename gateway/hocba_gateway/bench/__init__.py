"""The numbers of design §8, measured against peers in one run: `make bench`."""
