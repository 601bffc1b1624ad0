axl bench peak --quick --verbose --threads 1 >/dev/null
