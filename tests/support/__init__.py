"""What tests of several folders share: the messages of a relying party, the rows it needs, browsers. Fixtures stay in
conftest.py, from which nothing is imported; servers are in tests/servers."""
