"""What runs beside the product on one machine: environment, servers, runner of the tests, demo. Not for production."""
