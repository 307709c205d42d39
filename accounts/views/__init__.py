"""The pages of accounts, a file each; `judging` is what those have in common that ask for a password."""
