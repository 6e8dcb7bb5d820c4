"""Windows of the desktop, drawn by Tk. Each is a process of its own without a socket."""
