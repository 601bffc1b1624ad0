axl help bench gemm
