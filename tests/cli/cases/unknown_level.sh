axl bench peak --cpu avx521
echo $?
axl bench gemm --cpu=pentium
