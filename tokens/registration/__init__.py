"""Adding and changing clients and resources, for the admin, the commands and the registration endpoint alike."""
