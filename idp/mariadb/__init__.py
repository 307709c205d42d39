"""Django's backend for MySQL, for MariaDB and MySQL, on PyMySQL and with what we rely on made sure."""

import pymysql

# Django's backend imports `MySQLdb`, whose interface PyMySQL has; it is pure Python, so it needs no compiler.
pymysql.install_as_MySQLdb()
