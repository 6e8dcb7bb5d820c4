"""For tests: tokens of software that misbehave when told to, a running agent, a raw socket."""
