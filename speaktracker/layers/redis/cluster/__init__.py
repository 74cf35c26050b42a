"""A Redis Cluster: sharded pub/sub, by the node that serves each topic's slot."""
