"""What people prove themselves with beside a password: a folder or a file for each."""
