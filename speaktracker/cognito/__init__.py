"""People who sign in at a Cognito user pool: its tokens, its keys, and who of ours they are."""
