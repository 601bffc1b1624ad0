axl bench peak --jsn
echo $?
axl bench gemm --no-peer=1
echo $?
axl cpu --quick
echo $?
axl cpu -x
