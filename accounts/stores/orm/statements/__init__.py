"""What each part asks of the database, apart from its verbs."""
