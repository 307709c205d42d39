"""What a running node does apart from serving its paths: health, readiness, draining, failures, metrics, the
bulkhead."""
