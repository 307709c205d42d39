"""What runs along with the product on one machine: environment, servers, runner of the tests, demo. Of all this only
`prepare` is for production, too."""
