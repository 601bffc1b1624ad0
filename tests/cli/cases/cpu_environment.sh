AXL_CPU=scalar axl cpu --threads 3
echo $?
AXL_CPU=fast axl cpu
