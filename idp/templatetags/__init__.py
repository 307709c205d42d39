"""Tags of templates that tell of the deployment."""
