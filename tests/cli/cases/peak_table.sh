axl bench peak --quick
