"""`python -m hocba_gateway …` is the command `hocba …`."""

from hocba_gateway.cli import main

main(prog_name="hocba")
