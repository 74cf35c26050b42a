"""Our layer, the cache and the limits on a real Redis Cluster."""
