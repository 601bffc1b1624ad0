axl
