"""DynamoDB as both applications ask it: the service, items, conditions and units. What is in the tables each of them
says for itself (`kinds`)."""
