axl cpu --json=yes
echo $?
axl cpu --threads=
