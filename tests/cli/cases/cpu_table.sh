axl cpu
