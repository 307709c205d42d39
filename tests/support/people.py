"""Alice, who has an account wherever somebody needs one."""

USERNAME, EMAIL, PASSWORD = "alice", "alice@example.org", "seven lamps over quiet harbours"
