# The threads of uninstrumented libraries confuse a sanitizer.
[ -z "$AXL_TEST_SANITIZER" ] || exit 77
# With the libraries or without them: the run succeeds and says for each what became of it.
axl bench gemm --quick | grep -E '^(oneDNN|OpenBLAS)  '
