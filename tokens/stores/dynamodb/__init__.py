"""A store on DynamoDB, in one region."""
