axl bench gemm --quick --no-peers --threads 1
