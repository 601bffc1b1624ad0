axl bnech
echo $?
axl bench kernel
echo $?
axl qwertyuiop
echo $?
axl "$(printf 'a\033[2Jb\nc')"
