axl bench peak --threads
echo $?
axl cpu --cpu
