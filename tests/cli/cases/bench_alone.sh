axl bench
