"""A store on DynamoDB, in the region where each item was made."""
