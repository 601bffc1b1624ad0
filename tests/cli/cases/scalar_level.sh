axl bench peak --quick --cpu scalar --threads 1 | head -n 1
