# A sanitizer needs more address space than a limit leaves.
[ -z "$AXL_TEST_SANITIZER" ] || exit 77
ulimit -v 200000 2>/dev/null || exit 77
axl bench peak
echo $?
axl bench gemm
echo $?
axl bench kernels
