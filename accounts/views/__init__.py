"""The pages of accounts, a file each; allauth's, which are only wrapped, in `sign_in`."""
