"""Alice, who has an account wherever somebody needs one."""

USERNAME, EMAIL, PASSWORD = "alice", "alice@example.org", "correct horse battery staple"
