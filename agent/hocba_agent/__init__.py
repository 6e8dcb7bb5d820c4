"""The local signer: lends a USB token to the web sites that its user allowed."""

__version__ = "0.1.0"
