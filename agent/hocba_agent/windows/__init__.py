"""What a person is asked, and the kinds of window that can ask it."""
