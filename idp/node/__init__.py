"""What a running node does besides serving its paths: health, readiness, draining, failures, metrics, the bulkhead."""
