"""From what files say to rows of the store: first a plan that a person can look at, then one
transaction. Errors stop everything, a second import of the same files changes nothing."""
