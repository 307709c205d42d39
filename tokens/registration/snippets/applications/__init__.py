"""One module an application. It is in the table by being here."""
