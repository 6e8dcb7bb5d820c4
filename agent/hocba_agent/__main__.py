"""`python -m hocba_agent`: the same as the command, and how its own child processes start."""

from hocba_agent.cli import main

if __name__ == "__main__":
    main()
