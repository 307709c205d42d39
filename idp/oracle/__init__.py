"""Django's backend for Oracle, on python-oracledb, with limits and the database's clock."""
