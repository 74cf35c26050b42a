"""What those above are told of identities, always after the commit."""

from django.dispatch import Signal

# A session or a family of refresh tokens of `user_ids` ended; which one stands in the change log.
credentials_ended = Signal()
