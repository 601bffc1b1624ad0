[ -e /dev/full ] || exit 77
axl help >/dev/full
echo $?
axl cpu --json >/dev/full
echo $?
axl version >&-
