axl help --completion tcsh
