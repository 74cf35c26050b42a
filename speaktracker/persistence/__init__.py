"""The mirror: every change of a record, carried into DynamoDB."""
