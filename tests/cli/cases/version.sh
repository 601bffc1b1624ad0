axl version
axl --version
