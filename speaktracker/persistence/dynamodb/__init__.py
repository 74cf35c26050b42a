"""The mirror's store in DynamoDB; nothing else imports boto3's DynamoDB."""
