"""The icon in the tray: a process of its own beside the one that faces the network."""
