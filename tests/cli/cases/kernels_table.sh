axl bench kernels --quick --threads 1
