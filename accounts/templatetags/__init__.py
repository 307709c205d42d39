"""What templates ask for: the look, and where one types first."""
